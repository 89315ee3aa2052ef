-- name: add(attempt_hash, state, nonce, code_verifier, next, expires_at, now)!
-- A log-in that is sent to the issuer; those that never came back go.
with expired as (delete from login_attempt where expires_at <= :now)
insert into login_attempt (attempt_hash, state, nonce, code_verifier, next, expires_at)
values (:attempt_hash, :state, :nonce, :code_verifier, :next, :expires_at);

-- name: take(attempt_hash)^
-- Takes it out: it comes back once.
delete from login_attempt where attempt_hash = :attempt_hash returning state, nonce, code_verifier, next, expires_at;
