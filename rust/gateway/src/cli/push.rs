//! `zpns push`.

use clap::{Args, Subcommand};
use zpns_protocol::PushId;
use zpns_protocol::push_config::{HandleType, PushConfig, VoipConfig};
use zpns_protocol::pushes::{Push, PushRequest, Recipients};

use super::output::{self, Failure};
use super::remote::RemoteOptions;

#[derive(Debug, Subcommand)]
pub(super) enum PushCommand {
    /// Send a push through a running gateway. Prints the push with its deliveries.
    #[command(
        after_help = "Example:\n  zpns push send --to bob --title Alice --content Hello --server http://127.0.0.1:8080 --api-key zpk_…"
    )]
    Send(Send),
    /// Show what became of a push.
    #[command(after_help = "Example:\n  zpns push show 0198c5b1-… --api-key zpk_…")]
    Show(Show),
}

#[derive(Debug, Args)]
pub(super) struct Send {
    /// A user, whose devices all get it; can be given several times.
    #[arg(long, value_name = "USER", required_unless_present = "push_id")]
    to: Vec<String>,
    /// A pushID; can be given several times.
    #[arg(long)]
    push_id: Vec<String>,
    #[command(flatten)]
    content: Content,
    #[command(flatten)]
    remote: RemoteOptions,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// ID of the push.
    push: String,
    #[command(flatten)]
    remote: RemoteOptions,
}

/// What is pushed.
#[derive(Debug, Args)]
pub(super) struct Content {
    /// Title; the caller's name on a call.
    #[arg(long, default_value = "")]
    title: String,
    /// Body text.
    #[arg(long = "content", default_value = "")]
    body: String,
    /// Passed through to the app.
    #[arg(long, default_value = "")]
    payload: String,
    /// The resourcesID; an alert without one.
    #[arg(long, default_value = "", value_name = "ID")]
    resource: String,
    /// The caller as Recents shows it.
    #[arg(long, default_value = "")]
    handle: String,
    /// A video call.
    #[arg(long)]
    video: bool,
}

impl Content {
    pub(super) fn config(self) -> PushConfig {
        let voip = (!self.handle.is_empty() || self.video).then_some(VoipConfig {
            handle_type: HandleType::Generic,
            handle_value: self.handle,
            has_video: self.video,
        });
        PushConfig {
            title: self.title,
            content: self.body,
            payload: self.payload,
            resources_id: self.resource,
            voip,
            ..PushConfig::default()
        }
    }
}

impl PushCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let push: Push = match self {
            Self::Send(Send {
                to,
                push_id,
                content,
                remote,
            }) => {
                let push_ids = push_id.iter().map(|id| {
                    PushId::parse(id).map_err(|e| Failure::usage(format!("--push-id: {e}")))
                });
                let to = Recipients {
                    push_ids: push_ids.collect::<Result<_, _>>()?,
                    user_ids: to,
                };
                remote
                    .post(
                        &["v1", "pushes"],
                        &PushRequest {
                            to,
                            push_config: content.config(),
                        },
                    )
                    .await?
            }
            Self::Show(Show { push, remote }) => remote.get(&["v1", "pushes", &push]).await?,
        };
        output::json(&push);
        Ok(())
    }
}
