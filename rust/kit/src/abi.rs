//! The module's boundary: text in, text out, both as UTF-16, which is what JavaScript's strings are, so that the loader needs no
//! `TextEncoder`.
//!
//! The loader asks for a buffer, writes a command into it and calls `zpns_call`; the answer lies at `zpns_answer`. There is one world in
//! an instance of the module. A panic traps; its message stays readable at `zpns_panic`, and the instance must not be called again.
#![expect(unsafe_code, reason = "exported symbols need it")]

use std::cell::RefCell;

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::default();
    static PANIC: RefCell<Vec<u16>> = RefCell::default();
}

#[derive(Default)]
struct Buffers {
    command: Vec<u16>,
    answer: Vec<u16>,
}

/// Makes room for a command of so many units; where to write it.
#[unsafe(no_mangle)]
pub extern "C" fn zpns_command(units: usize) -> *mut u16 {
    BUFFERS.with_borrow_mut(|buffers| {
        buffers.command.clear();
        buffers.command.resize(units, 0);
        buffers.command.as_mut_ptr()
    })
}

/// Carries the command out; how many units the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn zpns_call() -> usize {
    let command = BUFFERS.with_borrow(|buffers| String::from_utf16_lossy(&buffers.command));
    let answer = command;
    BUFFERS.with_borrow_mut(|buffers| {
        buffers.answer.clear();
        buffers.answer.extend(answer.encode_utf16());
        buffers.answer.len()
    })
}

/// Where the answer lies, until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn zpns_answer() -> *const u16 {
    BUFFERS.with_borrow(|buffers| buffers.answer.as_ptr())
}

/// Where the message of the panic lies that ended the instance.
#[unsafe(no_mangle)]
pub extern "C" fn zpns_panic() -> *const u16 {
    PANIC.with_borrow(Vec::as_ptr)
}

/// How many units it has.
#[unsafe(no_mangle)]
pub extern "C" fn zpns_panic_units() -> usize {
    PANIC.with_borrow(Vec::len)
}
