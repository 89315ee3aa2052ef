-- People who log in to the console: local users, who guessed at their passwords, their sessions, log-ins under way.

create table local_user (
    user_name            text        primary key check (user_name ~ '^[a-z0-9][a-z0-9._@-]{0,99}$'),
    display_name         text        not null,
    roles                text[]      not null default '{}',
    enabled              boolean     not null default true,
    password_hash        text        not null,          -- argon2id, its parameters in front
    password_changed_at  timestamptz not null,
    must_change_password boolean     not null default false,
    password_until       timestamptz,                   -- a one-time password is accepted until then
    last_login_at        timestamptz,
    created_at           timestamptz not null,
    changed_at           timestamptz not null,
    changed_by           text        not null
);

-- Wrong passwords by user and network; the network '' stands for all that the user is not known from. A name that is no
-- user's is counted as well, under one of 65,536 keyed hashes, so that nobody can tell by it who is a user.
create table login_origin (
    user_key     text        not null,
    network      text        not null,
    succeeded_at timestamptz,
    failed       integer     not null default 0,
    failed_at    timestamptz,
    paused_until timestamptz,
    primary key (user_key, network)
);

create table login_session (
    session_hash         bytea       primary key,       -- SHA-256 of the cookie's 256 random bits
    user_name            text        not null,
    display_name         text        not null,
    issuer               text,                          -- where the person logged in; null: here, as a local user
    roles                text[]      not null,
    must_change_password boolean     not null default false,
    created_at           timestamptz not null,
    last_seen_at         timestamptz not null,
    expires_at           timestamptz not null,
    tokens               bytea                          -- what the issuer gave, encrypted
);

create index login_session_user on login_session (user_name);
create index login_session_expires on login_session (expires_at);

-- A log-in that was sent to the issuer and has not come back; taken out when it does, so that it comes back once.
create table login_attempt (
    attempt_hash  bytea       primary key,              -- SHA-256 of the cookie that holds it to one browser
    state         text        not null,
    nonce         text        not null,
    code_verifier text        not null,
    next          text        not null,                 -- the path to go to afterwards
    expires_at    timestamptz not null
);

create index login_attempt_expires on login_attempt (expires_at);
