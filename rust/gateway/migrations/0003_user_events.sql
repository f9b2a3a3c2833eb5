-- What each user hears of: one row for each event of a call and each of its participants.
CREATE TABLE user_events (
  app TEXT NOT NULL,
  user TEXT NOT NULL,
  -- Goes up within a user's events: zpns_calls::user_events::next_cursor
  cursor INTEGER NOT NULL,
  call TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- 1 on the newest event of a call that is not over: zpns_calls::user_events::is_standing
  standing INTEGER NOT NULL,
  PRIMARY KEY (app, user, cursor),
  FOREIGN KEY (app, call, seq) REFERENCES call_events (app, call, seq) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_events_of_call ON user_events (app, call, seq);
CREATE INDEX standing_user_events ON user_events (app, user, cursor) WHERE standing = 1;

-- Calls that are under way while the gateway is brought up to date: their users hear how they stand.
INSERT INTO user_events (app, user, cursor, call, seq, standing)
SELECT
  app,
  user,
  at + row_number() OVER (PARTITION BY app, user ORDER BY at, call),
  call,
  seq,
  1
FROM (
  SELECT
    e.app AS app,
    json_extract(participant.value, '$.userID') AS user,
    json_extract(e.event, '$.at') AS at,
    e.call AS call,
    e.seq AS seq
  FROM calls AS c
  JOIN call_events AS e ON e.app = c.app AND e.call = c.id AND e.seq = json_extract(c.call, '$.seq')
  JOIN json_each(c.call, '$.participants') AS participant
  WHERE json_extract(c.call, '$.state') IN ('ringing', 'accepted')
);
