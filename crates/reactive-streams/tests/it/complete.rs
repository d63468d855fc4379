//! Each file of an operator, a source or a terminal has a module of the same name here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The folders whose files are operators.
const FOLDERS: [&str; 9] =
    ["source", "transform", "pressure", "combine", "time", "boundary", "failure", "multicast", "sink"];

/// The modules in a folder that may not exist yet: their names and their text. One that is a folder itself is
/// read from its `mod.rs`.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let named = paths.filter_map(|path| {
        let file = if path.is_dir() { path.join("mod.rs") } else { path.clone() };
        let name = path.file_stem()?.to_str()?.to_owned();
        Some((name, fs::read_to_string(file).expect("it can be read")))
    });
    named.filter(|(name, _)| name != "mod").collect()
}

#[test]
fn every_operator_has_its_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = files(&root.join("tests/it"));
    let sources = FOLDERS.iter().flat_map(|folder| files(&root.join("src").join(folder)));
    // What has no public function is shared by operators.
    let operators: Vec<_> =
        sources.filter(|(_, text)| text.contains(" pub fn ") || text.contains("\npub fn ")).collect();
    assert!(operators.len() > 30, "the folders are where this test looks");
    let names = operators.iter().map(|(name, _)| name);
    let missing: Vec<_> = names.filter(|name| !tests.contains_key(*name)).collect();
    assert!(missing.is_empty(), "operators without tests/it/NAME.rs: {missing:?}");
}

#[test]
fn every_module_is_compiled_and_the_list_is_sorted() {
    let mut expected = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"));
    let main = expected.remove("main").expect("this is it");
    let listed = main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    assert_eq!(listed.collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
}
