//! `zpns call`.

use clap::{Args, Subcommand};
use zpns_protocol::CallId;
use zpns_protocol::calls::{Call, CallMode, Invite, Invited, limits};

use super::output::{self, Failure};
use super::push::Content;
use super::remote::RemoteOptions;

#[derive(Debug, Subcommand)]
pub(super) enum CallCommand {
    /// Invite users to a call through a running gateway. Prints the call.
    #[command(
        after_help = "Example:\n  zpns call invite --caller alice --to bob --resource voip --title Alice --handle alice --api-key zpk_…"
    )]
    Invite(Box<InviteArguments>),
    /// Show a call as it stands.
    #[command(after_help = "Example:\n  zpns call show call-42 --api-key zpk_…")]
    Show(Show),
}

#[derive(Debug, Args)]
pub(super) struct InviteArguments {
    /// The user who calls.
    #[arg(long)]
    caller: String,
    /// A user to call; can be given several times.
    #[arg(long, value_name = "USER", required = true)]
    to: Vec<String>,
    /// ID of the call; made if left out.
    #[arg(long)]
    call_id: Option<String>,
    /// Ring time in seconds.
    #[arg(long, default_value_t = limits::DEFAULT_TIMEOUT, value_parser = clap::value_parser!(u32).range(1..=600))]
    timeout: u32,
    /// Advanced mode: participants come and go.
    #[arg(long)]
    advanced: bool,
    /// Passed to the invitees.
    #[arg(long, default_value = "")]
    extended_data: String,
    #[command(flatten)]
    content: Content,
    #[command(flatten)]
    remote: RemoteOptions,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// ID of the call.
    call: String,
    #[command(flatten)]
    remote: RemoteOptions,
}

impl CallCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Invite(arguments) => {
                let InviteArguments {
                    caller,
                    to,
                    call_id,
                    timeout,
                    advanced,
                    extended_data,
                    content,
                    remote,
                } = *arguments;
                let call_id = call_id
                    .map(CallId::new)
                    .transpose()
                    .map_err(|e| Failure::usage(format!("--call-id: {e}")))?;
                let invite = Invite {
                    call_id,
                    caller: Some(caller),
                    installation: None,
                    invitees: to,
                    timeout,
                    mode: if advanced {
                        CallMode::Advanced
                    } else {
                        CallMode::General
                    },
                    extended_data,
                    push_config: Some(content.config()),
                };
                let invited: Invited = remote.post(&["v1", "calls"], &invite).await?;
                output::json(&invited);
            }
            Self::Show(Show { call, remote }) => {
                let call: Call = remote.get(&["v1", "calls", &call]).await?;
                output::json(&call);
            }
        }
        Ok(())
    }
}
