//! The module's boundary: text in, text out, both as UTF-16, which is what JavaScript's strings are, so that the loader needs no
//! `TextEncoder`.
//!
//! The loader asks for room for a command, writes it there and calls `zpns_call`; the answer lies at `zpns_answer`. There is one world in
//! an instance of the module. A panic traps; its message stays readable at `zpns_panic`, and the instance must not be called again.
#![expect(unsafe_code, reason = "exported symbols need it")]

use std::cell::RefCell;
use std::panic;

use crate::run;
use crate::world::World;

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
    static COMMAND: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
    static PANIC: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a command of so many units; where to write it.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn zpns_command(units: usize) -> *mut u16 {
    COMMAND.with_borrow_mut(|command| {
        command.clear();
        command.resize(units, 0);
        command.as_mut_ptr()
    })
}

/// Carries the command out; how many units the answer has.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn zpns_call() -> usize {
    let command = COMMAND.with_borrow(|command| String::from_utf16_lossy(command));
    let answer = WORLD.with_borrow_mut(|world| run(world.get_or_insert_with(begin), &command));
    ANSWER.with_borrow_mut(|units| {
        units.clear();
        units.extend(answer.encode_utf16());
        units.len()
    })
}

/// Where the answer lies, until the next call.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn zpns_answer() -> *const u16 {
    ANSWER.with_borrow(Vec::as_ptr)
}

/// Where the message of the panic lies that ended the instance.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn zpns_panic() -> *const u16 {
    PANIC.with_borrow(Vec::as_ptr)
}

/// How many units it has.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn zpns_panic_units() -> usize {
    PANIC.with_borrow(Vec::len)
}

/// A new world, and a place for the message of a panic.
fn begin() -> World {
    panic::set_hook(Box::new(|problem| {
        PANIC.with_borrow_mut(|units| *units = problem.to_string().encode_utf16().collect());
    }));
    World::default()
}
