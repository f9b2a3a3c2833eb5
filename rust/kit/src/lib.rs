//! Phones, a gateway and the world between them, in memory, as one WebAssembly module behind JSON.
#![deny(unsafe_code)]

#[cfg(target_arch = "wasm32")]
mod abi;
