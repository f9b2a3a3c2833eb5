-- 'cancel': what tells a device that a call is over for it. A device is told once.
ALTER TABLE pushes ADD COLUMN kind TEXT NOT NULL DEFAULT 'invite' CHECK (kind IN ('invite', 'cancel'));
