-- name: rule_query(rule)$
select subscription_rule_query(:rule);

-- name: prepare()#
-- What the rule says is put into a table of the session, so that figures and changes are of one moment.
create temp table if not exists policy_change (
    contact_id bigint primary key, wanted boolean not null, reason text not null, src_subscribed boolean not null);
truncate policy_change;

-- name: gather(rule, danish_day, delay_days)!
-- The changes that make a difference: persons from CPR whose wish becomes another than wish and state are. Of two answers
-- for one person the wanted one holds; nobody is wanted whom nobody may subscribe, whatever the rule says.
insert into policy_change (contact_id, wanted, reason, src_subscribed)
select said.contact_id, said.wanted,
       case when said.reason ~ '^[a-z][a-z0-9-]{0,62}$' then said.reason else 'rule' end, source.src_subscribed
from (
    select distinct on (contact_id) contact_id, wanted, reason
    from subscription_rule_says(:rule, :danish_day, :delay_days)
    where contact_id is not null and wanted is not null
    order by contact_id, wanted desc, reason
) as said
join contact on contact.contact_id = said.contact_id and contact.merged_into is null
join source_record as source on source.contact_id = said.contact_id and source.source = 'CPR'
where said.wanted <> coalesce(source.subscribed, source.src_subscribed)
  and not (said.wanted and exists (select from cpr_never_contact as never where never.contact_id = said.contact_id));

-- name: reasons()
select wanted, src_subscribed, reason, count(*) as contacts from policy_change group by wanted, src_subscribed, reason;

-- name: subscriptions()$
select count(*) from source_record where source = 'CPR' and src_subscribed;

-- name: changes(after, size)
select contact_id, wanted, reason from policy_change where contact_id > :after order by contact_id limit :size;

-- name: clear()#
truncate policy_change;
