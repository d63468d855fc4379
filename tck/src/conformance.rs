//! The macro by which each check becomes a test.

/// Expands to `mod $name` with one `#[test]` for each check of the publisher suite, so that each shows up by itself in
/// the test run, and one for the manifest. The scenarios are played once for all of them.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::{Env, Fixture, Length, conformance, gallery};
///
/// struct MySource;
///
/// impl Fixture for MySource {
///     fn create(&self, env: &Env, length: Length) -> impl Publisher {
///         gallery::InTask::new(env, env.items(length))
///     }
/// }
///
/// conformance!(my_source, MySource); // my_source::spec_1_1_1, my_source::spec_1_2_1, ..
/// # fn main() { reactive_streams_tck::verify_publisher(&MySource).assert_conforms(); }
/// ```
#[macro_export]
macro_rules! conformance {
    ($name:ident, $fixture:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the fixture may be given by its full path")]
            use super::*;
            $crate::each_publisher_check! { Publisher $crate::verify_publisher(&$fixture); }
        }
    };
}

/// One test for each check of the publisher suite, and for some more.
#[doc(hidden)]
#[macro_export]
macro_rules! each_publisher_check {
    ($suite:ident $report:expr; $($more:tt)*) => {
        $crate::each_check! { $suite $report;
            spec_1_1_1 "1.1/1" spec_1_1_2 "1.1/2" spec_1_2_1 "1.2/1" spec_1_2_2 "1.2/2" spec_1_3_1 "1.3/1"
            spec_1_4_1 "1.4/1" spec_1_4_2 "1.4/2" spec_1_4_3 "1.4/3" spec_1_4_4 "1.4/4"
            spec_1_4_5 "1.4/5" spec_1_5_1 "1.5/1" spec_1_5_2 "1.5/2" spec_1_5_3 "1.5/3"
            spec_1_5_4 "1.5/4" spec_1_5_5 "1.5/5" spec_1_6_1 "1.6/1" spec_1_6_2 "1.6/2"
            spec_1_7_1 "1.7/1" spec_1_8_1 "1.8/1" spec_1_8_2 "1.8/2" spec_1_8_3 "1.8/3" spec_1_8_4 "1.8/4"
            spec_1_9_1 "1.9/1" spec_1_9_2 "1.9/2" spec_1_9_3 "1.9/3" spec_1_9_4 "1.9/4"
            spec_1_9_5 "1.9/5" spec_1_10_1 "1.10/1" spec_1_10_2 "1.10/2" spec_1_10_3 "1.10/3"
            spec_1_10_4 "1.10/4"
            spec_1_11_1 "1.11/1" spec_1_11_2 "1.11/2" spec_1_11_3 "1.11/3" spec_1_11_4 "1.11/4"
            spec_2_12_1 "2.12/1" spec_2_13_1 "2.13/1" spec_2_13_2 "2.13/2" spec_3_2_1 "3.2/1"
            spec_3_3_1 "3.3/1" spec_3_4_1 "3.4/1" spec_3_4_2 "3.4/2" spec_3_5_1 "3.5/1"
            spec_3_6_1 "3.6/1" spec_3_6_2 "3.6/2" spec_3_7_1 "3.7/1" spec_3_7_2 "3.7/2"
            spec_3_8_1 "3.8/1" spec_3_10_1 "3.10/1" spec_3_11_1 "3.11/1" spec_3_12_1 "3.12/1"
            spec_3_12_2 "3.12/2" spec_3_12_3 "3.12/3" spec_3_12_4 "3.12/4" spec_3_13_1 "3.13/1"
            spec_3_13_2 "3.13/2" spec_3_14_1 "3.14/1" spec_3_14_2 "3.14/2" spec_3_14_3 "3.14/3"
            spec_3_15_1 "3.15/1" spec_3_16_1 "3.16/1" spec_3_17_1 "3.17/1" spec_3_17_2 "3.17/2"
            spec_3_17_3 "3.17/3" spec_3_17_4 "3.17/4" own_3_i_1 "3-i/1" own_3_ii_1 "3-ii/1"
            own_3_ii_2 "3-ii/2" own_3_iii_1 "3-iii/1" own_3_iv_1 "3-iv/1" own_3_iv_2 "3-iv/2"
            own_3_v_1 "3-v/1" own_3_v_2 "3-v/2" own_3_vi_1 "3-vi/1" own_3_vi_2 "3-vi/2"
            own_3_vii_1 "3-vii/1" own_3_vii_2 "3-vii/2" own_3_vii_3 "3-vii/3" own_3_vii_4 "3-vii/4"
            $($more)*
        }
    };
}

/// One test for each check, and the manifest.
#[doc(hidden)]
#[macro_export]
macro_rules! each_check {
    ($suite:ident $report:expr; $($test:ident $check:literal)*) => {
        fn report() -> &'static $crate::Report {
            static REPORT: ::std::sync::OnceLock<$crate::Report> = ::std::sync::OnceLock::new();
            REPORT.get_or_init(|| $crate::judged($crate::Suite::$suite, module_path!(), || $report))
        }

        $(
            #[test]
            fn $test() {
                report().assert($check);
            }
        )*

        /// No check of the suite is without its test, and each was judged.
        #[test]
        fn manifest() {
            report().assert_manifest(&[$($check),*]);
        }
    };
}
