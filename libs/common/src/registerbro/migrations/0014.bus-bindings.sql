-- Who wants which events on the in-process bus: what a queue's bindings are on RabbitMQ. They outlive the process.

create table delivery_binding (
    consumer text   primary key,
    patterns text[] not null,
    bound_at timestamptz not null default now()
);
