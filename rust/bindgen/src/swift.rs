//! uniffi's generator for Swift: `scripts/bindings.sh` knows how to call it.
#![forbid(unsafe_code)]

fn main() {
    uniffi::uniffi_bindgen_swift();
}
