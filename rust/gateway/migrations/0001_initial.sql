-- Times are Unix milliseconds. Columns named `sealed` hold AES-256-GCM ciphertext (src/seal.rs).

CREATE TABLE apps (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  sealed_secret BLOB,
  public_key TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  -- JSON: model::CredentialScope
  scope TEXT NOT NULL,
  not_after INTEGER,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX credentials_of_app ON credentials (app);

CREATE TABLE resources (
  app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  -- JSON: model::Strategy
  strategy TEXT NOT NULL,
  PRIMARY KEY (app, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_prefix ON api_keys (prefix);

CREATE TABLE installations (
  push_id TEXT PRIMARY KEY,
  app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  user TEXT NOT NULL,
  installation TEXT NOT NULL,
  bundle_id TEXT NOT NULL,
  environment TEXT NOT NULL CHECK (environment IN ('development', 'production')),
  apns_token TEXT,
  voip_token TEXT,
  sdk TEXT NOT NULL,
  locale TEXT NOT NULL,
  badge INTEGER NOT NULL DEFAULT 0,
  -- When APNs said BadDeviceToken or DeviceTokenNotForTopic about it; cleared by the next registration.
  suspect_since INTEGER,
  registered_at INTEGER NOT NULL,
  UNIQUE (app, user, installation)
) STRICT;
CREATE INDEX installations_by_apns_token ON installations (app, apns_token) WHERE apns_token IS NOT NULL;
CREATE INDEX installations_by_voip_token ON installations (app, voip_token) WHERE voip_token IS NOT NULL;

CREATE TABLE pushes (
  id TEXT PRIMARY KEY,
  app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  call TEXT,
  -- JSON: users that were named but have no device
  unreachable TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX pushes_of_call ON pushes (app, call) WHERE call IS NOT NULL;
CREATE INDEX pushes_by_age ON pushes (created_at);

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  push TEXT NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
  app TEXT NOT NULL,
  push_id TEXT,
  user TEXT,
  installation TEXT,
  environment TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('voip', 'alert')),
  topic TEXT NOT NULL,
  collapse_id TEXT,
  expires_at INTEGER NOT NULL,
  -- Both emptied once nothing more will be sent.
  token TEXT NOT NULL,
  payload BLOB NOT NULL,
  registered_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  advice TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  retry_at INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_of_push ON deliveries (push);
CREATE INDEX unfinished_deliveries ON deliveries (retry_at) WHERE status IN ('queued', 'sent');

CREATE TABLE calls (
  app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  -- JSON: zpns_protocol::calls::Call
  call TEXT NOT NULL,
  -- JSON: zpns_protocol::push_config::PushConfig, kept for the cancel push
  push_config TEXT,
  -- When somebody's ringing stops; null once nobody is rung any longer.
  ring_until INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ringing_calls ON calls (ring_until) WHERE ring_until IS NOT NULL;
CREATE INDEX calls_by_age ON calls (created_at);

CREATE TABLE call_events (
  app TEXT NOT NULL,
  call TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- JSON: zpns_protocol::calls::CallEvent
  event TEXT NOT NULL,
  PRIMARY KEY (app, call, seq),
  FOREIGN KEY (app, call) REFERENCES calls (app, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Invitees who had no device when they were invited: one that registers while the call rings is sent the invitation.
CREATE TABLE waiting_invitees (
  app TEXT NOT NULL,
  user TEXT NOT NULL,
  call TEXT NOT NULL,
  PRIMARY KEY (app, user, call),
  FOREIGN KEY (app, call) REFERENCES calls (app, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_invitees_of_call ON waiting_invitees (app, call);

CREATE TABLE idempotency (
  app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  request_sha256 BLOB NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);
