//! Carrying out one effect, and what the core is told when that fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zpns_core::effect::{LogEntry, LogLevel};
use zpns_core::{Effect, HttpFailure, Input, StreamItem, SystemError};

use crate::failure::AwaitedAnswer;
use crate::ports::{PortError, Ports};

/// Carries out an effect. What comes back has to be told to the core: nothing, unless it failed.
pub(crate) fn perform(ports: &Ports, effect: Effect) -> Vec<Input<'static>> {
    let Ports {
        platform,
        network,
        scheduler,
        ..
    } = ports;
    match effect {
        Effect::Call(request) => {
            let awaited = AwaitedAnswer::of_call(&request);
            let outcome = call_port(|| platform.call(request));
            refusals(ports, "CallKit", awaited, outcome)
        }
        Effect::Push(request) => {
            let awaited = AwaitedAnswer::of_push(&request);
            let outcome = call_port(|| platform.push(request));
            refusals(ports, "the system", awaited, outcome)
        }
        Effect::Emit(event) => {
            let outcome = call_port(|| platform.emit(event.clone()));
            let is_lost = outcome.is_err();
            let mut answers = refusals(ports, "JavaScript", AwaitedAnswer::None, outcome);
            answers.extend(is_lost.then_some(Input::NotEmitted(event)));
            answers
        }
        Effect::Complete { id, answer } => {
            let outcome = call_port(|| platform.complete(id, answer));
            refusals(ports, "JavaScript", AwaitedAnswer::None, outcome)
        }
        Effect::Log(entry) => {
            write_log(ports, entry.level, entry.message);
            Vec::new()
        }
        Effect::Http(request) => {
            let id = request.id;
            let outcome = Err(HttpFailure::Unreachable);
            match call_port(|| network.request(request)) {
                Ok(()) => Vec::new(),
                Err(_) => vec![Input::Http { id, outcome }],
            }
        }
        Effect::OpenStream(request) => {
            let id = request.id;
            let item = StreamItem::Closed {
                status: None,
                failure: Some(HttpFailure::Unreachable),
            };
            match call_port(|| network.open_stream(request)) {
                Ok(()) => Vec::new(),
                Err(_) => vec![Input::Stream { id, item }],
            }
        }
        Effect::CloseStream(id) => {
            close_stream(ports, id);
            Vec::new()
        }
        Effect::Persist => {
            let outcome = call_port(|| scheduler.save_soon());
            refusals(ports, "the scheduler", AwaitedAnswer::None, outcome)
        }
    }
}

pub(crate) fn close_stream(ports: &Ports, id: u64) {
    // A stream that could not be closed delivers nothing more all the same.
    let _ = call_port(|| {
        ports.network.close_stream(id);
        Ok(())
    });
}

/// Writes to the log.
pub(crate) fn write_log(ports: &Ports, level: LogLevel, message: String) {
    // There is nowhere to say that the log failed.
    let _ = call_port(|| ports.platform.log(LogEntry { level, message }));
}

/// Calls a port. One that panics has failed: the effects after it still have to be carried out.
pub(crate) fn call_port<T>(port: impl FnOnce() -> Result<T, PortError>) -> Result<T, PortError> {
    catch_unwind(AssertUnwindSafe(port))
        .unwrap_or_else(|_| Err(PortError::new("the port panicked")))
}

/// What the core is told of a request that failed: nothing if it did not fail, or if the core awaits no answer.
fn refusals(
    ports: &Ports,
    port: &str,
    awaited: AwaitedAnswer,
    outcome: Result<(), PortError>,
) -> Vec<Input<'static>> {
    let Err(error) = outcome else {
        return Vec::new();
    };
    let message = format!("{port} could not be told: {error}");
    write_log(ports, LogLevel::Error, message);
    let refused = awaited.refused(SystemError::from(error));
    refused.into_iter().map(Input::System).collect()
}
