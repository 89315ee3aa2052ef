-- name: forget_jobs(service)!
delete from scheduled_job where service = :service;

-- name: add_job(job, service, default_at, default_every, feature, fixed_by, changed_in, is_needed)!
insert into scheduled_job (job, service, default_at, default_every, feature, fixed_by, changed_in, is_needed)
values (:job, :service, :default_at, :default_every, :feature, :fixed_by, :changed_in, :is_needed);

-- name: jobs(job)
-- Every job, or one: what its services said of it at their start, what an operator set, and its time at the last look.
select job,
       services,
       default_at,
       default_every,
       features,
       fixed_by,
       changed_in,
       is_needed,
       override.job is not null as is_set,
       override.at as set_at,
       override.every as set_every,
       override.changed_at,
       override.changed_by,
       schedule.at as seen_at,
       schedule.since
from (
    select job,
           array_agg(service order by service) as services,
           min(default_at) as default_at,
           min(default_every) as default_every,
           array_agg(distinct feature) filter (where feature is not null) as features,
           min(fixed_by) as fixed_by,
           min(changed_in) as changed_in,
           bool_or(is_needed) as is_needed
    from scheduled_job
    group by job
) as known
left join job_override as override using (job)
left join job_schedule as schedule using (job)
where job = coalesce(:job::text, job)
order by job;

-- name: set_time(job, at, every, changed_by)!
insert into job_override (job, at, every, changed_by) values (:job, :at, :every, :changed_by)
on conflict (job) do update set at = excluded.at, every = excluded.every, changed_by = excluded.changed_by, changed_at = now();

-- name: forget_time(job)!
delete from job_override where job = :job;
