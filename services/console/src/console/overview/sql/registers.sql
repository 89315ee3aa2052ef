-- name: have_delivered()$
select exists (select from source_record where last_delivered_at is not null);
