//! Tells the linker that Node provides Node-API when the addon is loaded.

fn main() {
    napi_build::setup();
}
