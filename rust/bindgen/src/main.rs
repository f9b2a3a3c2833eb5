//! uniffi's generator for every language but Swift: the contract test drives the library through Python.
#![forbid(unsafe_code)]

fn main() {
    uniffi::uniffi_bindgen_main();
}
