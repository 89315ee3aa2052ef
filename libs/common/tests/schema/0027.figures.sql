CREATE FUNCTION public.called_by_number(name_type text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$
    select coalesce((
        select case type.validation when 'CVR (Legal Units)' then 'Virksomhed med CVR-nr. '
                                    when 'CVR (Production Units)' then 'Produktionsenhed med P-nr. ' end
        from contact_type as type where type.name_type = $1), 'Person med cprnr ')
$_$;
CREATE FUNCTION public.ensure_partitions(parent regclass, step interval, first date, last date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
    made  integer := 0;
    lower date := date_trunc(case when step = interval '1 month' then 'month' else 'day' end, first)::date;
    upper date;
    child text;
begin
    while lower <= last loop
        upper := (lower + step)::date;
        child := format('%s_%s', parent::text, to_char(lower, 'YYYYMMDD'));
        if to_regclass(child) is null then
            execute format('create table if not exists %I partition of %s for values from (%L) to (%L)', child, parent, lower, upper);
            made := made + 1;
        end if;
        lower := upper;
    end loop;
    return made;
end
$$;
CREATE FUNCTION public.has_protection_in_force(protections jsonb, danish_day date) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select exists (
        select from jsonb_array_elements(protections) as protection
        where protection ->> 'kind' = '0001'
          and coalesce((protection ->> 'start')::date <= danish_day, true)
          and coalesce((protection ->> 'end')::date >= danish_day, true))
$$;
CREATE TABLE public.contact (
    contact_id bigint NOT NULL,
    name_type text NOT NULL,
    name_code text,
    name1 text DEFAULT ''::text NOT NULL,
    name2 text DEFAULT ''::text NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    "position" text DEFAULT ''::text NOT NULL,
    start_date date,
    end_date date,
    info jsonb DEFAULT '{}'::jsonb NOT NULL,
    dates jsonb DEFAULT '{}'::jsonb NOT NULL,
    protections jsonb DEFAULT '[]'::jsonb NOT NULL,
    sort_key text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    is_placeholder boolean DEFAULT false NOT NULL,
    owner_id bigint,
    owner_role text,
    hand_edited text[] DEFAULT '{}'::text[] NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    merged_into bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    first_stored_at timestamp with time zone,
    first_register_date date,
    CONSTRAINT contact_check CHECK (((owner_id IS NULL) = (owner_role IS NULL))),
    CONSTRAINT contact_version_check CHECK ((version >= 0))
);
COMMENT ON COLUMN public.contact.first_stored_at IS 'when the first version was stored; null: as created_at says';
COMMENT ON COLUMN public.contact.first_register_date IS 'register date of the delivery that made the first version; null: made by hand, or not known';
CREATE FUNCTION public.is_advertising_protected(contact public.contact) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select case contact.info -> 'Reklamebeskyttet' ->> 0 when 'ja' then true when 'nej' then false end
$$;
CREATE FUNCTION public.is_contact_protected(contact public.contact, danish_day date) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select is_protected(contact.protections, contact.info, danish_day)
        or ((contact.merged_into is not null or contact.owner_id is not null)
            and is_relative_protected(contact.merged_into, contact.owner_id, danish_day))
$$;
CREATE FUNCTION public.is_named_by_number(contact public.contact) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select contact.is_placeholder and contact.name_code is not null and contact.name1 = '' and contact.name2 = ''
$$;
CREATE FUNCTION public.is_protected(protections jsonb, info jsonb, danish_day date) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select coalesce(info -> 'Status' ?| array['03', '07'], false)
        or (protections <> '[]' and has_protection_in_force(protections, danish_day))
$$;
CREATE FUNCTION public.is_relative_protected(survivor_id bigint, named_after_id bigint, danish_day date) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select exists (
        select from contact as relative left join contact as survivor on survivor.contact_id = relative.merged_into
        where relative.contact_id in (survivor_id, named_after_id)
          and (is_protected(relative.protections, relative.info, danish_day)
               or coalesce(is_protected(survivor.protections, survivor.info, danish_day), false)))
$$;
CREATE FUNCTION public.is_subscribable(contact public.contact, name_types text[]) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select contact.name_type = any(name_types)
       and not contact.is_placeholder and contact.merged_into is null and contact.name_code is not null
$$;
CREATE FUNCTION public.notify_waiters() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform pg_notify(tg_argv[0], '');
    return null;
end
$$;
CREATE FUNCTION public.owner_number(contact public.contact) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$
    select name_code from contact as owner where owner.contact_id = $1.owner_id
$_$;
CREATE FUNCTION public.register_of(name_type text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$
    select case when exists (select from contact_type as type where type.name_type = $1 and type.validation like 'CVR (%')
                then 'CVR-J' else 'CPR' end
$_$;
CREATE FUNCTION public.searchable(text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(NORMALIZE(translate(replace(replace(lower((text COLLATE pg_c_utf8)), 'aa'::text, 'å'::text), 'ß'::text, 'ss'::text), 'æäøöåüðđ'::text, '{{||}ydd'::text), NFKD), '[\u0300-\u036f]'::text, ''::text, 'g'::text);
CREATE FUNCTION public.search_words(text text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_remove(regexp_split_to_array(("left"(public.searchable(text), 1000) COLLATE "C"), '[\u0001-\u002f\u003a-\u0060\u007e-\u00bf]+'::text), ''::text);
CREATE FUNCTION public.search_query(text text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT (string_agg(((''''::text || word.word) || ''':*'::text), ' & '::text))::tsquery AS string_agg FROM unnest(public.search_words(search_query.text)) word(word));
CREATE FUNCTION public.search_vector(text text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_to_tsvector(public.search_words(text));
CREATE FUNCTION public.shown_name1(contact public.contact) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case when is_named_by_number(contact) then called_by_number(contact.name_type) || contact.name_code
                else contact.name1 end
$$;
CREATE FUNCTION public.shown_name2(contact public.contact) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case when is_named_by_number(contact) then '- ikke importeret'
                when contact.owner_id is null then contact.name2
                else coalesce(contact.owner_role || ' til ' || owner_number(contact), contact.name2) end
$$;
CREATE FUNCTION public.shown_text(contact public.contact) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case when contact.owner_id is null or is_named_by_number(contact) or owner_number(contact) is null then contact.text
                else 'Person fra CPR uden cprnr' end
$$;
CREATE FUNCTION public.subscription_rule(danish_day date, delay_days integer) RETURNS TABLE(contact_id bigint, wanted boolean, reason text)
    LANGUAGE sql STABLE
    AS $$
    select person.contact_id, not person.src_subscribed,
           case when person.is_never then 'never-subscribed' when person.has_case then 'open-case' else 'no-open-case' end
    from (
        select source.contact_id, source.src_subscribed, source.subscribed as wish,
               (source.last_delivered_at at time zone 'Europe/Copenhagen')::date as last_delivered_on,
               exists (select from case_contact as party where party.contact_id = source.contact_id) as has_case,
               exists (select from cpr_never_contact as never where never.contact_id = source.contact_id) as is_never
        from source_record as source
        join contact on contact.contact_id = source.contact_id
        where source.source = 'CPR' and contact.name_type = 'C' and contact.name_code is not null
          and contact.merged_into is null
    ) as person
    where case when person.src_subscribed
               then person.wish is distinct from false
                    and (person.is_never
                         or (not person.has_case and danish_day - person.last_delivered_on > delay_days))
               else person.wish is distinct from true and person.has_case and not person.is_never end
$$;
CREATE FUNCTION public.subscription_rule_query(rule text) RETURNS text
    LANGUAGE sql STABLE
    AS $_$
    select 'select contact_id::bigint, wanted::boolean, reason::text from '
        || to_regprocedure(rule || '(date, integer)')::oid::regproc::text || '($1, $2)'
$_$;
CREATE FUNCTION public.subscription_rule_says(rule text, danish_day date, delay_days integer) RETURNS TABLE(contact_id bigint, wanted boolean, reason text)
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return query execute subscription_rule_query(rule) using danish_day, delay_days;
end
$$;
CREATE TABLE public.access_alert (
    alert_id bigint NOT NULL,
    kind text NOT NULL,
    raised_at timestamp with time zone DEFAULT now() NOT NULL,
    service text NOT NULL,
    client text,
    acting_user text,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    note text,
    CONSTRAINT access_alert_check CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
    CONSTRAINT access_alert_check1 CHECK (((note IS NULL) OR (acknowledged_at IS NOT NULL)))
);
ALTER TABLE public.access_alert ALTER COLUMN alert_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.access_alert_alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.address (
    address_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    address_type text NOT NULL,
    address1 text DEFAULT ''::text NOT NULL,
    address2 text DEFAULT ''::text NOT NULL,
    address3 text DEFAULT ''::text NOT NULL,
    postcode text DEFAULT ''::text NOT NULL,
    post_district text DEFAULT ''::text NOT NULL,
    municipality text DEFAULT ''::text NOT NULL,
    country_code text DEFAULT ''::text NOT NULL,
    start_date date,
    end_date date,
    protection date,
    phone_no text DEFAULT ''::text NOT NULL,
    fax text DEFAULT ''::text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    changed_by_hand boolean DEFAULT false NOT NULL,
    source text
);
ALTER TABLE public.address ALTER COLUMN address_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.address_address_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_log (
    audit_id uuid NOT NULL,
    audit_day date NOT NULL,
    stage text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    client text NOT NULL,
    acting_user text,
    service text NOT NULL,
    action text NOT NULL,
    purpose text NOT NULL,
    case_reference text,
    number_hash bytea,
    contact_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    fields text[] DEFAULT '{}'::text[] NOT NULL,
    break_glass_reason text,
    CONSTRAINT audit_log_stage_check CHECK ((stage = ANY (ARRAY['asked'::text, 'delivered'::text, 'imported'::text])))
)
PARTITION BY RANGE (audit_day);
CREATE VIEW public.audit_inquiry AS
 SELECT log.audit_day,
    log.audit_id,
    log.at,
    log.client,
    log.acting_user,
    log.service,
    log.action,
    log.purpose,
    log.case_reference,
    log.number_hash,
    parts.stages,
    parts.break_glass_reason,
    ARRAY( SELECT DISTINCT each.each
           FROM public.audit_log part,
            LATERAL unnest(part.contact_ids) each(each)
          WHERE ((part.audit_day = log.audit_day) AND (part.audit_id = log.audit_id))
          ORDER BY each.each) AS contact_ids,
    ARRAY( SELECT DISTINCT each.each
           FROM public.audit_log part,
            LATERAL unnest(part.fields) each(each)
          WHERE ((part.audit_day = log.audit_day) AND (part.audit_id = log.audit_id))
          ORDER BY each.each) AS fields
   FROM (public.audit_log log
     CROSS JOIN LATERAL ( SELECT array_agg(part.stage ORDER BY part.stage) AS stages,
            max(part.break_glass_reason) AS break_glass_reason
           FROM public.audit_log part
          WHERE ((part.audit_day = log.audit_day) AND (part.audit_id = log.audit_id))) parts)
  WHERE (log.stage = parts.stages[1]);
CREATE TABLE public.audit_spot_check (
    check_id bigint NOT NULL,
    drawn_at timestamp with time zone DEFAULT now() NOT NULL,
    drawn_by text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    client text,
    acting_user text,
    per_user boolean NOT NULL,
    size integer NOT NULL,
    seed bigint NOT NULL,
    population bigint NOT NULL,
    closed_at timestamp with time zone,
    closed_by text,
    conclusion text,
    CONSTRAINT audit_spot_check_check CHECK (((closed_at IS NULL) = (closed_by IS NULL))),
    CONSTRAINT audit_spot_check_check1 CHECK (((conclusion IS NULL) OR (closed_at IS NOT NULL))),
    CONSTRAINT audit_spot_check_size_check CHECK ((size > 0))
);
ALTER TABLE public.audit_spot_check ALTER COLUMN check_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.audit_spot_check_check_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_spot_check_inquiry (
    check_id bigint NOT NULL,
    ordinal integer NOT NULL,
    audit_day date NOT NULL,
    audit_id uuid NOT NULL,
    verdict text,
    note text,
    judged_at timestamp with time zone,
    judged_by text,
    CONSTRAINT audit_spot_check_inquiry_check CHECK ((((verdict IS NULL) = (judged_at IS NULL)) AND ((verdict IS NULL) = (judged_by IS NULL)))),
    CONSTRAINT audit_spot_check_inquiry_check1 CHECK (((note IS NULL) OR (verdict IS NOT NULL))),
    CONSTRAINT audit_spot_check_inquiry_verdict_check CHECK ((verdict = ANY (ARRAY['ok'::text, 'look-into'::text])))
);
CREATE TABLE public.case_closing (
    case_reference text NOT NULL,
    closed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.case_contact (
    case_reference text NOT NULL,
    contact_id bigint NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL
);
COMMENT ON COLUMN public.case_contact.opened_at IS 'when the case was last said to be open with this party';
CREATE TABLE public.configuration_change (
    change_id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    topic text NOT NULL,
    name text NOT NULL,
    action text NOT NULL,
    client text NOT NULL,
    acting_user text,
    changes jsonb DEFAULT '{}'::jsonb NOT NULL
);
ALTER TABLE public.configuration_change ALTER COLUMN change_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.configuration_change_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.configuration_version (
    is_only boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    CONSTRAINT configuration_version_is_only_check CHECK (is_only)
);
ALTER TABLE public.contact ALTER COLUMN contact_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.contact_contact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE VIEW public.contact_date AS
 SELECT contact.contact_id,
    groups.label,
    entries.ordinality AS "position",
    (entries.entry ->> 'value'::text) AS value,
    (entries.entry ->> 'precision'::text) AS "precision",
    ((entries.entry ->> 'uncertain'::text))::boolean AS uncertain
   FROM public.contact,
    LATERAL jsonb_each(contact.dates) groups(label, labelled_values),
    LATERAL jsonb_array_elements(groups.labelled_values) WITH ORDINALITY entries(entry, ordinality);
CREATE VIEW public.contact_info AS
 SELECT contact.contact_id,
    groups.label,
    entries.ordinality AS "position",
    entries.value
   FROM public.contact,
    LATERAL jsonb_each(contact.info) groups(label, labelled_values),
    LATERAL jsonb_array_elements_text(groups.labelled_values) WITH ORDINALITY entries(value, ordinality);
CREATE TABLE public.contact_number (
    name_type text NOT NULL,
    number text NOT NULL,
    contact_id bigint NOT NULL,
    is_current boolean NOT NULL
);
CREATE TABLE public.contact_reference (
    contact_id bigint NOT NULL,
    role text NOT NULL,
    to_contact_id bigint NOT NULL,
    restrictor text DEFAULT ''::text NOT NULL,
    start_date date,
    end_date date,
    source text
);
CREATE TABLE public.contact_type (
    name_type text NOT NULL,
    title text NOT NULL,
    auto_id boolean DEFAULT false NOT NULL,
    length integer,
    validation text,
    text text DEFAULT ''::text NOT NULL,
    is_preset boolean DEFAULT false NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT 'installation'::text NOT NULL,
    CONSTRAINT contact_type_length_check CHECK ((length > 0))
);
CREATE TABLE public.contact_type_counter (
    name_type text NOT NULL,
    counted bigint NOT NULL,
    CONSTRAINT contact_type_counter_counted_check CHECK ((counted > 0))
);
CREATE TABLE public.contact_version (
    contact_id bigint NOT NULL,
    version integer NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    source text NOT NULL,
    register_date date,
    groups text[] NOT NULL,
    before jsonb NOT NULL,
    records text
)
PARTITION BY RANGE (stored_at);
CREATE TABLE public.cpr_approval (
    approval_id bigint NOT NULL,
    file_id bigint NOT NULL,
    run_id uuid NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    initial_load boolean NOT NULL,
    persons integer NOT NULL,
    endings integer NOT NULL,
    share double precision NOT NULL,
    most integer NOT NULL,
    state text DEFAULT 'asked'::text NOT NULL,
    decided_by text,
    decided_at timestamp with time zone,
    reason text,
    CONSTRAINT cpr_approval_check CHECK (((state = ANY (ARRAY['approved'::text, 'declined'::text])) = ((decided_by IS NOT NULL) AND (decided_at IS NOT NULL)))),
    CONSTRAINT cpr_approval_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'approved'::text, 'declined'::text, 'lapsed'::text])))
);
ALTER TABLE public.cpr_approval ALTER COLUMN approval_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_approval_approval_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_approval_person (
    approval_id bigint NOT NULL,
    ordinal integer NOT NULL,
    contact_id bigint NOT NULL
);
CREATE TABLE public.cpr_authority (
    authority_code text NOT NULL,
    valid_from text DEFAULT ''::text NOT NULL,
    valid_to text DEFAULT ''::text NOT NULL,
    authority_type text DEFAULT ''::text NOT NULL,
    name text NOT NULL
);
CREATE TABLE public.cpr_call_count (
    danish_day date NOT NULL,
    client text NOT NULL,
    calls integer NOT NULL
);
CREATE TABLE public.cpr_file (
    file_id bigint NOT NULL,
    sha256 bytea NOT NULL,
    name text NOT NULL,
    size_bytes bigint NOT NULL,
    task_number text,
    production_date date,
    previous_production_date date,
    fetched_at timestamp with time zone NOT NULL,
    remote_renamed_to text,
    state text DEFAULT 'fetched'::text NOT NULL,
    refusal text,
    imported_at timestamp with time zone,
    local_name text NOT NULL,
    error_log text,
    run_id uuid,
    purged_at timestamp with time zone,
    CONSTRAINT cpr_file_state_check CHECK ((state = ANY (ARRAY['fetched'::text, 'importing'::text, 'imported'::text, 'refused'::text, 'held'::text, 'declined'::text])))
);
ALTER TABLE public.cpr_file ALTER COLUMN file_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_file_file_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_gap (
    gap_id bigint NOT NULL,
    task_number text NOT NULL,
    missing_date date NOT NULL,
    after_date date NOT NULL,
    before_date date NOT NULL,
    file_id bigint NOT NULL,
    noticed_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    closed_how text,
    closed_by text,
    reason text,
    CONSTRAINT cpr_gap_check CHECK (((closed_at IS NULL) = (closed_how IS NULL))),
    CONSTRAINT cpr_gap_closed_how_check CHECK ((closed_how = ANY (ARRAY['file'::text, 'order'::text, 'dismissed'::text])))
);
ALTER TABLE public.cpr_gap ALTER COLUMN gap_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_gap_gap_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_input_file (
    input_file_id bigint NOT NULL,
    name text NOT NULL,
    task_number text NOT NULL,
    run_date date NOT NULL,
    lines integer NOT NULL,
    sha256 bytea NOT NULL,
    content bytea,
    state text DEFAULT 'written'::text NOT NULL,
    written_at timestamp with time zone NOT NULL,
    written_by text NOT NULL,
    upload_begun_at timestamp with time zone,
    uploaded_at timestamp with time zone,
    failure text,
    CONSTRAINT cpr_input_file_check CHECK (((state = 'uploaded'::text) = (uploaded_at IS NOT NULL))),
    CONSTRAINT cpr_input_file_check1 CHECK (((state <> 'written'::text) OR (content IS NOT NULL))),
    CONSTRAINT cpr_input_file_state_check CHECK ((state = ANY (ARRAY['written'::text, 'uploaded'::text, 'missed'::text])))
);
ALTER TABLE public.cpr_input_file ALTER COLUMN input_file_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_input_file_input_file_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_journal (
    journal_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    acted_by text NOT NULL,
    action text NOT NULL,
    file text,
    run_id uuid,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL
);
ALTER TABLE public.cpr_journal ALTER COLUMN journal_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_journal_journal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_logon (
    credentials_hash bytea NOT NULL,
    first_accepted_at timestamp with time zone,
    last_accepted_at timestamp with time zone,
    refused_at timestamp with time zone,
    refused_number text,
    lifted_at timestamp with time zone,
    lifted_by text,
    CONSTRAINT cpr_logon_check CHECK (((refused_at IS NULL) = (refused_number IS NULL))),
    CONSTRAINT cpr_logon_refused_number_check CHECK ((refused_number ~ '^[0-9]{2}$'::text))
);
CREATE TABLE public.cpr_never_subscribed (
    entry_id bigint NOT NULL,
    number text NOT NULL,
    reason text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    added_by text NOT NULL,
    CONSTRAINT cpr_never_subscribed_number_check CHECK ((number ~ '^[0-9]{10}$'::text))
);
CREATE VIEW public.cpr_never_contact AS
 SELECT number.contact_id,
    never.entry_id
   FROM (public.cpr_never_subscribed never
     JOIN public.contact_number number ON (((number.name_type = 'C'::text) AND (number.number = never.number))));
ALTER TABLE public.cpr_never_subscribed ALTER COLUMN entry_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_never_subscribed_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_open_call (
    call_id bigint NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    client text NOT NULL,
    acting_user text,
    purpose text NOT NULL,
    case_reference text,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    failure text,
    CONSTRAINT cpr_open_call_kind_check CHECK ((kind = ANY (ARRAY['import'::text, 'unsubscribe'::text])))
);
ALTER TABLE public.cpr_open_call ALTER COLUMN call_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_open_call_call_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_order (
    order_id bigint NOT NULL,
    kind text NOT NULL,
    contact_id bigint NOT NULL,
    number text,
    key_constant text NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    from_wish boolean DEFAULT false NOT NULL,
    gap_id bigint,
    requested_at timestamp with time zone NOT NULL,
    requested_by text NOT NULL,
    input_file_id bigint,
    answer_due_at timestamp with time zone,
    answered_at timestamp with time zone,
    answer_number text,
    answer_text text,
    answer_file_id bigint,
    CONSTRAINT cpr_order_key_constant_check CHECK ((length(key_constant) = 15)),
    CONSTRAINT cpr_order_kind_check CHECK ((kind = ANY (ARRAY['subscribe'::text, 'unsubscribe'::text, 'requisition'::text, 'status-list'::text]))),
    CONSTRAINT cpr_order_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'written'::text, 'uploaded'::text, 'confirmed'::text, 'rejected'::text, 'withdrawn'::text])))
);
CREATE TABLE public.cpr_order_mark (
    is_only boolean DEFAULT true NOT NULL,
    mark text NOT NULL,
    CONSTRAINT cpr_order_mark_is_only_check CHECK (is_only),
    CONSTRAINT cpr_order_mark_mark_check CHECK ((length(mark) = 5))
);
ALTER TABLE public.cpr_order ALTER COLUMN order_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_order_order_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_outcome (
    file_id bigint NOT NULL,
    ordinal integer NOT NULL,
    contact_id bigint,
    outcome text NOT NULL,
    groups text[] DEFAULT '{}'::text[] NOT NULL
);
CREATE TABLE public.cpr_password_change (
    change_id bigint NOT NULL,
    account_hash bytea NOT NULL,
    prepared_at timestamp with time zone NOT NULL,
    prepared_by text NOT NULL,
    sent_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome text,
    CONSTRAINT cpr_password_change_check CHECK (((ended_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT cpr_password_change_outcome_check CHECK ((outcome = ANY (ARRAY['changed'::text, 'found-changed'::text, 'stored'::text, 'refused'::text, 'not-sent'::text, 'found-unchanged'::text, 'none-holds'::text, 'superseded'::text])))
);
ALTER TABLE public.cpr_password_change ALTER COLUMN change_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_password_change_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_plan (
    plan_id bigint NOT NULL,
    run_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    name text NOT NULL,
    initial_load boolean NOT NULL,
    state text DEFAULT 'planning'::text NOT NULL,
    failure text,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    would_hold boolean DEFAULT false NOT NULL,
    CONSTRAINT cpr_plan_state_check CHECK ((state = ANY (ARRAY['planning'::text, 'planned'::text, 'refused'::text, 'failed'::text])))
);
ALTER TABLE public.cpr_plan ALTER COLUMN plan_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_plan_plan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_planned (
    plan_id bigint NOT NULL,
    ordinal integer NOT NULL,
    contact_id bigint,
    outcome text NOT NULL,
    groups text[] DEFAULT '{}'::text[] NOT NULL,
    is_ending boolean DEFAULT false NOT NULL
);
CREATE TABLE public.cpr_problem (
    problem_id bigint NOT NULL,
    file_id bigint NOT NULL,
    severity text NOT NULL,
    line bigint,
    byte_offset bigint,
    record_type text,
    field text,
    reason text NOT NULL,
    ordinal integer,
    CONSTRAINT cpr_problem_severity_check CHECK ((severity = ANY (ARRAY['rejected'::text, 'remark'::text])))
);
ALTER TABLE public.cpr_problem ALTER COLUMN problem_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_problem_problem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_reconciliation (
    reconciliation_id bigint NOT NULL,
    name text NOT NULL,
    as_of date NOT NULL,
    listed bigint NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    compared_at timestamp with time zone NOT NULL,
    compared_by text NOT NULL,
    applied_at timestamp with time zone,
    applied_by text
);
CREATE TABLE public.cpr_reconciliation_agreement (
    reconciliation_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    is_subscribed boolean NOT NULL
);
CREATE TABLE public.cpr_reconciliation_difference (
    reconciliation_id bigint NOT NULL,
    difference_id bigint NOT NULL,
    kind text NOT NULL,
    contact_id bigint,
    number text,
    is_overtaken boolean DEFAULT false NOT NULL,
    outcome text,
    CONSTRAINT cpr_reconciliation_difference_check CHECK (((contact_id IS NULL) = (kind = 'unknown-person'::text))),
    CONSTRAINT cpr_reconciliation_difference_check1 CHECK (((number IS NULL) OR (kind = 'unknown-person'::text))),
    CONSTRAINT cpr_reconciliation_difference_kind_check CHECK ((kind = ANY (ARRAY['missing-here'::text, 'missing-at-cpr'::text, 'unknown-person'::text]))),
    CONSTRAINT cpr_reconciliation_difference_outcome_check CHECK ((outcome = ANY (ARRAY['corrected'::text, 'newer-known'::text, 'already'::text, 'gone'::text, 'ended'::text])))
);
ALTER TABLE public.cpr_reconciliation_difference ALTER COLUMN difference_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_reconciliation_difference_difference_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.cpr_reconciliation ALTER COLUMN reconciliation_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_reconciliation_reconciliation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_run (
    run_id uuid NOT NULL,
    parent_id uuid,
    file_id bigint,
    kind text NOT NULL,
    initial_load boolean DEFAULT false NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    state text DEFAULT 'running'::text NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    failure text,
    queued_at timestamp with time zone,
    due_at timestamp with time zone,
    attempt integer DEFAULT 1 NOT NULL,
    outcome text,
    progress jsonb,
    stop_requested_at timestamp with time zone,
    retry_of uuid,
    names text[],
    CONSTRAINT cpr_run_kind_check CHECK ((kind = ANY (ARRAY['transfer'::text, 'import'::text, 'batch'::text, 'dry-run'::text]))),
    CONSTRAINT cpr_run_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'finished'::text, 'failed'::text, 'stopped'::text, 'abandoned'::text])))
)
WITH (fillfactor='70');
CREATE TABLE public.cpr_setting (
    name text NOT NULL,
    value jsonb,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text NOT NULL
);
CREATE TABLE public.cpr_setting_change (
    change_id bigint NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text NOT NULL,
    name text NOT NULL,
    is_secret boolean NOT NULL,
    old_value jsonb NOT NULL,
    new_value jsonb NOT NULL
);
ALTER TABLE public.cpr_setting_change ALTER COLUMN change_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_setting_change_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cpr_setting_version (
    is_only boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    names jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT cpr_setting_version_is_only_check CHECK (is_only)
);
CREATE TABLE public.cpr_subscription_attempt (
    contact_id bigint NOT NULL,
    wanted boolean NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone NOT NULL,
    failure text,
    failed_at timestamp with time zone
);
CREATE TABLE public.cpr_unrenamed (
    remote_name text NOT NULL,
    facts text NOT NULL,
    file_id bigint NOT NULL
);
CREATE TABLE public.cpr_wish (
    wish_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    wanted boolean NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamp with time zone NOT NULL
);
ALTER TABLE public.cpr_wish ALTER COLUMN wish_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cpr_wish_wish_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cvrupdate_drift (
    drift_id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    is_complete boolean NOT NULL,
    compared integer DEFAULT 0 NOT NULL,
    differing integer DEFAULT 0 NOT NULL,
    missed integer DEFAULT 0 NOT NULL,
    unknown integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    queued integer DEFAULT 0 NOT NULL,
    groups jsonb DEFAULT '{}'::jsonb NOT NULL,
    failures jsonb DEFAULT '{}'::jsonb NOT NULL,
    failure text
);
ALTER TABLE public.cvrupdate_drift ALTER COLUMN drift_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cvrupdate_drift_drift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.cvrupdate_due (
    contact_id bigint NOT NULL,
    due_on date NOT NULL
);
CREATE TABLE public.cvrupdate_import (
    contact_id bigint NOT NULL,
    logic_id text,
    failure text,
    reason text,
    attempts integer DEFAULT 0 NOT NULL,
    next_try timestamp with time zone,
    updated_at timestamp with time zone,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.cvrupdate_setting (
    is_only boolean DEFAULT true NOT NULL,
    agent_active_tasks_token uuid,
    provider text,
    "position" text,
    events_synchronised_at timestamp with time zone,
    fully_synchronised_at timestamp with time zone,
    reread_at timestamp with time zone,
    CONSTRAINT cvrupdate_setting_is_only_check CHECK (is_only)
);
CREATE TABLE public.cvrupdate_state (
    is_only boolean DEFAULT true NOT NULL,
    paused_until timestamp with time zone,
    pauses integer DEFAULT 0 NOT NULL,
    pause_reason text,
    pause_failure text,
    held_at timestamp with time zone,
    let_pass_until timestamp with time zone,
    let_pass_by text,
    counted_from timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    counted_updates integer DEFAULT 0 NOT NULL,
    counted_endings integer DEFAULT 0 NOT NULL,
    run_started_at timestamp with time zone,
    run_ended_at timestamp with time zone,
    run_done integer DEFAULT 0 NOT NULL,
    run_changed integer DEFAULT 0 NOT NULL,
    run_failed integer DEFAULT 0 NOT NULL,
    CONSTRAINT cvrupdate_state_is_only_check CHECK (is_only)
);
CREATE TABLE public.cvrupdate_subscription (
    contact_id bigint NOT NULL,
    provider text NOT NULL,
    object_id text,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    failure text,
    failed_at timestamp with time zone,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    leased_by uuid,
    leased_until timestamp with time zone,
    subscribed_at timestamp with time zone,
    CONSTRAINT cvrupdate_subscription_check CHECK (((state <> 'subscribed'::text) OR (object_id IS NOT NULL))),
    CONSTRAINT cvrupdate_subscription_check1 CHECK (((leased_by IS NULL) = (leased_until IS NULL))),
    CONSTRAINT cvrupdate_subscription_state_check CHECK ((state = ANY (ARRAY['wanted'::text, 'subscribed'::text, 'ending'::text])))
);
CREATE TABLE public.cvrupdate_synchronisation (
    run_id bigint NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    outcome text,
    failure text,
    pages integer DEFAULT 0 NOT NULL,
    events integer DEFAULT 0 NOT NULL,
    queued integer DEFAULT 0 NOT NULL,
    postponed integer DEFAULT 0 NOT NULL,
    CONSTRAINT cvrupdate_synchronisation_kind_check CHECK ((kind = ANY (ARRAY['incremental'::text, 'full'::text]))),
    CONSTRAINT cvrupdate_synchronisation_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text, 'superseded'::text])))
);
ALTER TABLE public.cvrupdate_synchronisation ALTER COLUMN run_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.cvrupdate_synchronisation_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.dead_letter (
    dead_letter_id bigint NOT NULL,
    consumer text NOT NULL,
    event_id uuid,
    event_day date,
    type text,
    routing_key text DEFAULT ''::text NOT NULL,
    body bytea NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    arrived_at timestamp with time zone DEFAULT now() NOT NULL,
    replay_requested_at timestamp with time zone,
    replayed_at timestamp with time zone,
    discarded_at timestamp with time zone,
    discard_reason text,
    replay_requested_by text,
    discarded_by text,
    CONSTRAINT dead_letter_check CHECK (((discarded_at IS NULL) = (discard_reason IS NULL)))
);
ALTER TABLE public.dead_letter ALTER COLUMN dead_letter_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.dead_letter_dead_letter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.delivery (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    event_day date NOT NULL,
    routing_key text NOT NULL,
    body bytea NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    claims integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    leased_until timestamp with time zone
);
CREATE TABLE public.delivery_binding (
    consumer text NOT NULL,
    patterns text[] NOT NULL,
    bound_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.delivery_scope (
    scope_id bigint NOT NULL,
    keys text[] NOT NULL
);
CREATE TABLE public.erased_contact (
    contact_id bigint NOT NULL,
    version integer NOT NULL,
    erased_at timestamp with time zone NOT NULL,
    erased_by text NOT NULL,
    acting_user text,
    reason text NOT NULL,
    case_reference text,
    finished_at timestamp with time zone,
    lifted_at timestamp with time zone,
    lifted_by text,
    lifted_for text,
    CONSTRAINT erased_contact_check CHECK ((((lifted_at IS NULL) = (lifted_by IS NULL)) AND ((lifted_at IS NULL) = (lifted_for IS NULL))))
);
CREATE TABLE public.erased_number (
    number_hash bytea NOT NULL,
    contact_id bigint NOT NULL
);
CREATE TABLE public.external_source (
    source text NOT NULL,
    parameters text DEFAULT ''::text NOT NULL,
    record_types text[],
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT 'installation'::text NOT NULL
);
CREATE TABLE public.feature_setting (
    feature text NOT NULL,
    enabled boolean DEFAULT false NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT 'installation'::text NOT NULL
);
CREATE TABLE public.figure_minute (
    minute timestamp with time zone NOT NULL,
    events_sent integer,
    persons_online integer,
    persons_by_file integer,
    units_online integer,
    cvr_updates integer,
    cvr_inquiries integer,
    cpr_calls_total bigint,
    outbox integer,
    deliveries integer,
    dead_letters integer,
    cvr_queue integer,
    cpr_subscriptions integer,
    files integer
);
CREATE TABLE public.fixed_setting (
    service text NOT NULL,
    section text NOT NULL,
    name text NOT NULL,
    value jsonb,
    fixed_by text NOT NULL
);
CREATE TABLE public.inbox (
    event_day date NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    handled_at timestamp with time zone DEFAULT now() NOT NULL
)
PARTITION BY RANGE (event_day);
CREATE TABLE public.job_beat (
    job text NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    outcome text,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    done_at timestamp with time zone,
    asked_at timestamp with time zone,
    CONSTRAINT job_beat_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text])))
);
CREATE TABLE public.job_override (
    job text NOT NULL,
    at time without time zone,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text NOT NULL,
    every interval
);
CREATE TABLE public.job_run (
    job text NOT NULL,
    danish_date date NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    outcome text,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT job_run_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text])))
);
CREATE TABLE public.job_schedule (
    job text NOT NULL,
    at time without time zone,
    since timestamp with time zone NOT NULL
);
CREATE TABLE public.local_user (
    user_name text NOT NULL,
    display_name text NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    password_hash text NOT NULL,
    password_changed_at timestamp with time zone NOT NULL,
    must_change_password boolean DEFAULT false NOT NULL,
    password_until timestamp with time zone,
    last_login_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    CONSTRAINT local_user_user_name_check CHECK ((user_name ~ '^[a-z0-9][a-z0-9._@-]{0,99}$'::text))
);
CREATE TABLE public.login_attempt (
    attempt_hash bytea NOT NULL,
    state text NOT NULL,
    nonce text NOT NULL,
    code_verifier text NOT NULL,
    next text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.login_origin (
    user_key text NOT NULL,
    network text NOT NULL,
    succeeded_at timestamp with time zone,
    failed integer DEFAULT 0 NOT NULL,
    failed_at timestamp with time zone,
    paused_until timestamp with time zone
);
CREATE TABLE public.login_session (
    session_hash bytea NOT NULL,
    user_name text NOT NULL,
    display_name text NOT NULL,
    issuer text,
    roles text[] NOT NULL,
    must_change_password boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    tokens bytea
);
CREATE TABLE public.oauth2_client (
    client_id text NOT NULL,
    name text NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    secret_hash text,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    acts_as text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    grant_type text DEFAULT 'client_credentials'::text NOT NULL,
    allows_browser boolean DEFAULT false NOT NULL,
    allows_offline boolean DEFAULT false NOT NULL,
    requires_pkce boolean DEFAULT true NOT NULL,
    secret_changed_at timestamp with time zone,
    previous_secret_hash text,
    previous_secret_until timestamp with time zone,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT 'installation'::text NOT NULL,
    CONSTRAINT oauth2_client_check CHECK (((previous_secret_hash IS NULL) = (previous_secret_until IS NULL))),
    CONSTRAINT oauth2_client_client_id_check CHECK ((client_id !~ '\s'::text)),
    CONSTRAINT oauth2_client_grant_type_check CHECK ((grant_type = ANY (ARRAY['client_credentials'::text, 'authorization_code'::text])))
);
CREATE TABLE public.oauth2_key (
    kid text NOT NULL,
    public_key jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    signs_from timestamp with time zone NOT NULL,
    published_until timestamp with time zone
);
CREATE TABLE public.oauth2_origin (
    client_id text NOT NULL,
    network text NOT NULL,
    succeeded_at timestamp with time zone,
    wrong integer DEFAULT 0 NOT NULL,
    wrong_since timestamp with time zone NOT NULL
);
CREATE TABLE public.outbox (
    event_day date NOT NULL,
    event_id uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    routing_key text NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    published_at timestamp with time zone,
    is_unrouted boolean DEFAULT false NOT NULL
)
PARTITION BY RANGE (event_day);
ALTER TABLE public.outbox ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outbox_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.recently_asked (
    client text NOT NULL,
    acting_user text NOT NULL,
    number_hash bytea NOT NULL,
    asked_at timestamp with time zone NOT NULL
);
CREATE UNLOGGED TABLE public.register_pace (
    key text NOT NULL,
    next_slot timestamp with time zone NOT NULL,
    paused_until timestamp with time zone
)
WITH (fillfactor='50');
CREATE TABLE public.scheduled_job (
    job text NOT NULL,
    service text NOT NULL,
    default_at time without time zone,
    feature text,
    fixed_by text,
    changed_in text,
    is_needed boolean NOT NULL,
    default_every interval
);
CREATE TABLE public.service_queue (
    task_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    token uuid NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    failure text,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    leased_by text,
    leased_until timestamp with time zone,
    CONSTRAINT service_queue_check CHECK (((leased_by IS NULL) = (leased_until IS NULL))),
    CONSTRAINT service_queue_check1 CHECK (((state = 'running'::text) = (leased_until IS NOT NULL))),
    CONSTRAINT service_queue_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'failed'::text])))
);
ALTER TABLE public.service_queue ALTER COLUMN task_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.service_queue_task_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.source_record (
    contact_id bigint NOT NULL,
    source text NOT NULL,
    src_subscribed boolean DEFAULT false NOT NULL,
    subscribed boolean,
    delivered_number text,
    is_full boolean DEFAULT true NOT NULL,
    register_date date,
    register_channel smallint,
    register_task text,
    register_fetched timestamp with time zone,
    last_delivered_at timestamp with time zone,
    last_changed_at timestamp with time zone,
    records text DEFAULT ''::text NOT NULL,
    digest bytea,
    scope_id bigint,
    older jsonb,
    numbered_as_of text,
    subscription_as_of text
);
CREATE TABLE public.stored_secret (
    name text NOT NULL,
    ciphertext bytea NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.stored_setting (
    section text NOT NULL,
    name text NOT NULL,
    value jsonb,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text NOT NULL
);
ALTER TABLE ONLY public.access_alert
    ADD CONSTRAINT access_alert_pkey PRIMARY KEY (alert_id);
ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_pkey PRIMARY KEY (address_id);
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (audit_day, audit_id, stage);
ALTER TABLE ONLY public.audit_spot_check_inquiry
    ADD CONSTRAINT audit_spot_check_inquiry_pkey PRIMARY KEY (check_id, audit_id);
ALTER TABLE ONLY public.audit_spot_check
    ADD CONSTRAINT audit_spot_check_pkey PRIMARY KEY (check_id);
ALTER TABLE ONLY public.case_closing
    ADD CONSTRAINT case_closing_pkey PRIMARY KEY (case_reference);
ALTER TABLE ONLY public.case_contact
    ADD CONSTRAINT case_contact_pkey PRIMARY KEY (case_reference, contact_id);
ALTER TABLE ONLY public.configuration_change
    ADD CONSTRAINT configuration_change_pkey PRIMARY KEY (change_id);
ALTER TABLE ONLY public.configuration_version
    ADD CONSTRAINT configuration_version_pkey PRIMARY KEY (is_only);
ALTER TABLE ONLY public.contact_number
    ADD CONSTRAINT contact_number_pkey PRIMARY KEY (name_type, number);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (contact_id);
ALTER TABLE ONLY public.contact_reference
    ADD CONSTRAINT contact_reference_pkey PRIMARY KEY (contact_id, role, to_contact_id);
ALTER TABLE ONLY public.contact_type_counter
    ADD CONSTRAINT contact_type_counter_pkey PRIMARY KEY (name_type);
ALTER TABLE ONLY public.contact_type
    ADD CONSTRAINT contact_type_pkey PRIMARY KEY (name_type);
ALTER TABLE ONLY public.contact_version
    ADD CONSTRAINT contact_version_pkey PRIMARY KEY (contact_id, version, stored_at);
ALTER TABLE ONLY public.cpr_approval
    ADD CONSTRAINT cpr_approval_file_id_key UNIQUE (file_id);
ALTER TABLE ONLY public.cpr_approval_person
    ADD CONSTRAINT cpr_approval_person_pkey PRIMARY KEY (approval_id, ordinal);
ALTER TABLE ONLY public.cpr_approval
    ADD CONSTRAINT cpr_approval_pkey PRIMARY KEY (approval_id);
ALTER TABLE ONLY public.cpr_authority
    ADD CONSTRAINT cpr_authority_pkey PRIMARY KEY (authority_code, valid_from);
ALTER TABLE ONLY public.cpr_call_count
    ADD CONSTRAINT cpr_call_count_pkey PRIMARY KEY (danish_day, client);
ALTER TABLE ONLY public.cpr_file
    ADD CONSTRAINT cpr_file_pkey PRIMARY KEY (file_id);
ALTER TABLE ONLY public.cpr_file
    ADD CONSTRAINT cpr_file_sha256_key UNIQUE (sha256);
ALTER TABLE ONLY public.cpr_gap
    ADD CONSTRAINT cpr_gap_pkey PRIMARY KEY (gap_id);
ALTER TABLE ONLY public.cpr_gap
    ADD CONSTRAINT cpr_gap_task_number_missing_date_key UNIQUE (task_number, missing_date);
ALTER TABLE ONLY public.cpr_input_file
    ADD CONSTRAINT cpr_input_file_pkey PRIMARY KEY (input_file_id);
ALTER TABLE ONLY public.cpr_input_file
    ADD CONSTRAINT cpr_input_file_task_number_run_date_key UNIQUE (task_number, run_date);
ALTER TABLE ONLY public.cpr_journal
    ADD CONSTRAINT cpr_journal_pkey PRIMARY KEY (journal_id);
ALTER TABLE ONLY public.cpr_logon
    ADD CONSTRAINT cpr_logon_pkey PRIMARY KEY (credentials_hash);
ALTER TABLE ONLY public.cpr_never_subscribed
    ADD CONSTRAINT cpr_never_subscribed_number_key UNIQUE (number);
ALTER TABLE ONLY public.cpr_never_subscribed
    ADD CONSTRAINT cpr_never_subscribed_pkey PRIMARY KEY (entry_id);
ALTER TABLE ONLY public.cpr_open_call
    ADD CONSTRAINT cpr_open_call_pkey PRIMARY KEY (call_id);
ALTER TABLE ONLY public.cpr_order
    ADD CONSTRAINT cpr_order_key_constant_key UNIQUE (key_constant);
ALTER TABLE ONLY public.cpr_order_mark
    ADD CONSTRAINT cpr_order_mark_pkey PRIMARY KEY (is_only);
ALTER TABLE ONLY public.cpr_order
    ADD CONSTRAINT cpr_order_pkey PRIMARY KEY (order_id);
ALTER TABLE ONLY public.cpr_outcome
    ADD CONSTRAINT cpr_outcome_pkey PRIMARY KEY (file_id, ordinal);
ALTER TABLE ONLY public.cpr_password_change
    ADD CONSTRAINT cpr_password_change_pkey PRIMARY KEY (change_id);
ALTER TABLE ONLY public.cpr_plan
    ADD CONSTRAINT cpr_plan_pkey PRIMARY KEY (plan_id);
ALTER TABLE ONLY public.cpr_planned
    ADD CONSTRAINT cpr_planned_pkey PRIMARY KEY (plan_id, ordinal);
ALTER TABLE ONLY public.cpr_problem
    ADD CONSTRAINT cpr_problem_pkey PRIMARY KEY (problem_id);
ALTER TABLE ONLY public.cpr_reconciliation_agreement
    ADD CONSTRAINT cpr_reconciliation_agreement_pkey PRIMARY KEY (reconciliation_id, contact_id);
ALTER TABLE ONLY public.cpr_reconciliation_difference
    ADD CONSTRAINT cpr_reconciliation_difference_pkey PRIMARY KEY (reconciliation_id, difference_id);
ALTER TABLE ONLY public.cpr_reconciliation
    ADD CONSTRAINT cpr_reconciliation_pkey PRIMARY KEY (reconciliation_id);
ALTER TABLE ONLY public.cpr_run
    ADD CONSTRAINT cpr_run_pkey PRIMARY KEY (run_id);
ALTER TABLE ONLY public.cpr_setting_change
    ADD CONSTRAINT cpr_setting_change_pkey PRIMARY KEY (change_id);
ALTER TABLE ONLY public.cpr_setting
    ADD CONSTRAINT cpr_setting_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.cpr_setting_version
    ADD CONSTRAINT cpr_setting_version_pkey PRIMARY KEY (is_only);
ALTER TABLE ONLY public.cpr_subscription_attempt
    ADD CONSTRAINT cpr_subscription_attempt_pkey PRIMARY KEY (contact_id);
ALTER TABLE ONLY public.cpr_unrenamed
    ADD CONSTRAINT cpr_unrenamed_pkey PRIMARY KEY (remote_name);
ALTER TABLE ONLY public.cpr_wish
    ADD CONSTRAINT cpr_wish_pkey PRIMARY KEY (wish_id);
ALTER TABLE ONLY public.cvrupdate_drift
    ADD CONSTRAINT cvrupdate_drift_pkey PRIMARY KEY (drift_id);
ALTER TABLE ONLY public.cvrupdate_due
    ADD CONSTRAINT cvrupdate_due_pkey PRIMARY KEY (contact_id, due_on);
ALTER TABLE ONLY public.cvrupdate_import
    ADD CONSTRAINT cvrupdate_import_pkey PRIMARY KEY (contact_id);
ALTER TABLE ONLY public.cvrupdate_setting
    ADD CONSTRAINT cvrupdate_setting_pkey PRIMARY KEY (is_only);
ALTER TABLE ONLY public.cvrupdate_state
    ADD CONSTRAINT cvrupdate_state_pkey PRIMARY KEY (is_only);
ALTER TABLE ONLY public.cvrupdate_subscription
    ADD CONSTRAINT cvrupdate_subscription_pkey PRIMARY KEY (contact_id, provider);
ALTER TABLE ONLY public.cvrupdate_synchronisation
    ADD CONSTRAINT cvrupdate_synchronisation_pkey PRIMARY KEY (run_id);
ALTER TABLE ONLY public.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (dead_letter_id);
ALTER TABLE ONLY public.delivery_binding
    ADD CONSTRAINT delivery_binding_pkey PRIMARY KEY (consumer);
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (consumer, event_id);
ALTER TABLE ONLY public.delivery_scope
    ADD CONSTRAINT delivery_scope_pkey PRIMARY KEY (scope_id);
ALTER TABLE ONLY public.erased_contact
    ADD CONSTRAINT erased_contact_pkey PRIMARY KEY (contact_id);
ALTER TABLE ONLY public.erased_number
    ADD CONSTRAINT erased_number_pkey PRIMARY KEY (number_hash);
ALTER TABLE ONLY public.external_source
    ADD CONSTRAINT external_source_pkey PRIMARY KEY (source);
ALTER TABLE ONLY public.feature_setting
    ADD CONSTRAINT feature_setting_pkey PRIMARY KEY (feature);
ALTER TABLE ONLY public.figure_minute
    ADD CONSTRAINT figure_minute_pkey PRIMARY KEY (minute);
ALTER TABLE ONLY public.fixed_setting
    ADD CONSTRAINT fixed_setting_pkey PRIMARY KEY (service, section, name);
ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (event_day, consumer, event_id);
ALTER TABLE ONLY public.job_beat
    ADD CONSTRAINT job_beat_pkey PRIMARY KEY (job);
ALTER TABLE ONLY public.job_override
    ADD CONSTRAINT job_override_pkey PRIMARY KEY (job);
ALTER TABLE ONLY public.job_run
    ADD CONSTRAINT job_run_pkey PRIMARY KEY (job, danish_date);
ALTER TABLE ONLY public.job_schedule
    ADD CONSTRAINT job_schedule_pkey PRIMARY KEY (job);
ALTER TABLE ONLY public.local_user
    ADD CONSTRAINT local_user_pkey PRIMARY KEY (user_name);
ALTER TABLE ONLY public.login_attempt
    ADD CONSTRAINT login_attempt_pkey PRIMARY KEY (attempt_hash);
ALTER TABLE ONLY public.login_origin
    ADD CONSTRAINT login_origin_pkey PRIMARY KEY (user_key, network);
ALTER TABLE ONLY public.login_session
    ADD CONSTRAINT login_session_pkey PRIMARY KEY (session_hash);
ALTER TABLE ONLY public.oauth2_client
    ADD CONSTRAINT oauth2_client_pkey PRIMARY KEY (client_id);
ALTER TABLE ONLY public.oauth2_key
    ADD CONSTRAINT oauth2_key_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY public.oauth2_origin
    ADD CONSTRAINT oauth2_origin_pkey PRIMARY KEY (client_id, network);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (event_day, event_id);
ALTER TABLE ONLY public.recently_asked
    ADD CONSTRAINT recently_asked_pkey PRIMARY KEY (client, acting_user, number_hash);
ALTER TABLE ONLY public.register_pace
    ADD CONSTRAINT register_pace_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.scheduled_job
    ADD CONSTRAINT scheduled_job_pkey PRIMARY KEY (job, service);
ALTER TABLE ONLY public.service_queue
    ADD CONSTRAINT service_queue_contact_id_key UNIQUE (contact_id);
ALTER TABLE ONLY public.service_queue
    ADD CONSTRAINT service_queue_pkey PRIMARY KEY (task_id);
ALTER TABLE ONLY public.source_record
    ADD CONSTRAINT source_record_pkey PRIMARY KEY (contact_id, source);
ALTER TABLE ONLY public.stored_secret
    ADD CONSTRAINT stored_secret_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.stored_setting
    ADD CONSTRAINT stored_setting_pkey PRIMARY KEY (section, name);
CREATE INDEX access_alert_of_caller ON public.access_alert USING btree (client, acting_user, raised_at);
CREATE INDEX access_alert_open ON public.access_alert USING btree (alert_id) WHERE (acknowledged_at IS NULL);
CREATE INDEX address_contact ON public.address USING btree (contact_id);
CREATE UNIQUE INDEX address_main ON public.address USING btree (contact_id) WHERE (address_type = 'HA'::text);
CREATE INDEX address_postcode ON public.address USING btree (postcode, address1 text_pattern_ops) WHERE (postcode <> ''::text);
CREATE INDEX address_search ON public.address USING gin (public.search_vector(((((((address1 || ' '::text) || address2) || ' '::text) || postcode) || ' '::text) || post_district))) WHERE (address_type <> 'CPRADR'::text);
CREATE INDEX audit_log_broken_glass ON ONLY public.audit_log USING btree (audit_day) WHERE (break_glass_reason IS NOT NULL);
CREATE INDEX audit_log_case ON ONLY public.audit_log USING btree (case_reference, audit_day) WHERE (case_reference IS NOT NULL);
CREATE INDEX audit_log_contacts ON ONLY public.audit_log USING gin (contact_ids);
CREATE INDEX audit_log_newest ON ONLY public.audit_log USING btree (audit_day, at, audit_id);
CREATE INDEX audit_log_number ON ONLY public.audit_log USING btree (number_hash, at);
CREATE INDEX audit_spot_check_inquiry_day ON public.audit_spot_check_inquiry USING btree (audit_day);
CREATE INDEX case_contact_contact ON public.case_contact USING btree (contact_id);
CREATE INDEX configuration_change_name ON public.configuration_change USING btree (topic, name, change_id);
CREATE INDEX contact_merged_into ON public.contact USING btree (merged_into) WHERE (merged_into IS NOT NULL);
CREATE INDEX contact_name1_folded ON public.contact USING btree (lower((name1 COLLATE pg_c_utf8)) COLLATE "C") WHERE (name1 <> ''::text);
CREATE INDEX contact_name1_prefix ON public.contact USING btree (name1 text_pattern_ops) WHERE (name1 <> ''::text);
CREATE INDEX contact_name2_folded ON public.contact USING btree (lower((name2 COLLATE pg_c_utf8)) COLLATE "C") WHERE (name2 <> ''::text);
CREATE INDEX contact_name2_prefix ON public.contact USING btree (name2 text_pattern_ops) WHERE (name2 <> ''::text);
CREATE INDEX contact_number_contact ON public.contact_number USING btree (contact_id);
CREATE UNIQUE INDEX contact_person_without_number ON public.contact USING btree (owner_id, owner_role, name1) WHERE ((owner_id IS NOT NULL) AND (merged_into IS NULL));
CREATE INDEX contact_reference_to ON public.contact_reference USING btree (to_contact_id);
CREATE INDEX contact_search ON public.contact USING gin (public.search_vector(((name1 || ' '::text) || name2)));
CREATE INDEX contact_sort_key ON public.contact USING btree (sort_key, contact_id);
CREATE INDEX contact_updated_at ON public.contact USING btree (updated_at, contact_id);
CREATE INDEX cpr_approval_asked ON public.cpr_approval USING btree (approval_id) WHERE (state = 'asked'::text);
CREATE INDEX cpr_file_deliveries ON public.cpr_file USING btree (task_number, production_date) WHERE (task_number IS NOT NULL);
CREATE INDEX cpr_file_local_name ON public.cpr_file USING btree (local_name);
CREATE INDEX cpr_gap_open ON public.cpr_gap USING btree (gap_id) WHERE (closed_at IS NULL);
CREATE INDEX cpr_input_file_written ON public.cpr_input_file USING btree (run_date) WHERE (state = 'written'::text);
CREATE INDEX cpr_journal_at ON public.cpr_journal USING btree (at);
CREATE INDEX cpr_journal_file ON public.cpr_journal USING btree (file, journal_id) WHERE (file IS NOT NULL);
CREATE INDEX cpr_journal_run ON public.cpr_journal USING btree (run_id, journal_id) WHERE (run_id IS NOT NULL);
CREATE INDEX cpr_open_call_due ON public.cpr_open_call USING btree (due_at);
CREATE INDEX cpr_order_contact ON public.cpr_order USING btree (contact_id, order_id);
CREATE INDEX cpr_order_file ON public.cpr_order USING btree (input_file_id) WHERE (input_file_id IS NOT NULL);
CREATE INDEX cpr_order_gap ON public.cpr_order USING btree (gap_id) WHERE (gap_id IS NOT NULL);
CREATE UNIQUE INDEX cpr_order_open ON public.cpr_order USING btree (contact_id, kind) WHERE (state = ANY (ARRAY['waiting'::text, 'written'::text, 'uploaded'::text]));
CREATE INDEX cpr_order_state ON public.cpr_order USING btree (state, order_id);
CREATE INDEX cpr_outcome_contact ON public.cpr_outcome USING btree (contact_id) WHERE (contact_id IS NOT NULL);
CREATE INDEX cpr_password_change_known ON public.cpr_password_change USING btree (change_id) WHERE (outcome = ANY (ARRAY['changed'::text, 'found-changed'::text, 'stored'::text]));
CREATE UNIQUE INDEX cpr_password_change_open ON public.cpr_password_change USING btree ((true)) WHERE (ended_at IS NULL);
CREATE INDEX cpr_plan_content ON public.cpr_plan USING btree (sha256);
CREATE INDEX cpr_plan_run ON public.cpr_plan USING btree (run_id, plan_id);
CREATE INDEX cpr_problem_file ON public.cpr_problem USING btree (file_id, problem_id);
CREATE INDEX cpr_problem_line ON public.cpr_problem USING btree (file_id, line) WHERE (ordinal IS NULL);
CREATE INDEX cpr_problem_person ON public.cpr_problem USING btree (file_id, ordinal) WHERE (ordinal IS NOT NULL);
CREATE INDEX cpr_reconciliation_open ON public.cpr_reconciliation_difference USING btree (reconciliation_id, contact_id) WHERE ((outcome IS NULL) AND (contact_id IS NOT NULL));
CREATE INDEX cpr_run_active ON public.cpr_run USING btree (state, queued_at) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));
CREATE INDEX cpr_run_ended ON public.cpr_run USING btree (kind, finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX cpr_run_file ON public.cpr_run USING btree (file_id);
CREATE UNIQUE INDEX cpr_run_one_import ON public.cpr_run USING btree (file_id) WHERE ((kind = 'import'::text) AND (state = ANY (ARRAY['waiting'::text, 'running'::text])));
CREATE INDEX cpr_run_parent ON public.cpr_run USING btree (parent_id) WHERE (parent_id IS NOT NULL);
CREATE INDEX cpr_run_started ON public.cpr_run USING btree (started_at, run_id);
CREATE INDEX cpr_unrenamed_file ON public.cpr_unrenamed USING btree (file_id);
CREATE INDEX cpr_wish_asked_at ON public.cpr_wish USING btree (asked_at);
CREATE INDEX cpr_wish_contact ON public.cpr_wish USING btree (contact_id, wish_id);
CREATE INDEX cvrupdate_due_on ON public.cvrupdate_due USING btree (due_on);
CREATE INDEX cvrupdate_import_failed ON public.cvrupdate_import USING btree (contact_id) WHERE (failure IS NOT NULL);
CREATE INDEX cvrupdate_subscription_due ON public.cvrupdate_subscription USING btree (provider, state, due_at, contact_id) WHERE (state <> 'subscribed'::text);
CREATE UNIQUE INDEX cvrupdate_subscription_object ON public.cvrupdate_subscription USING btree (provider, object_id);
CREATE INDEX dead_letter_arrived ON public.dead_letter USING btree (arrived_at);
CREATE INDEX dead_letter_body ON public.dead_letter USING btree (consumer, sha256(body));
CREATE UNIQUE INDEX dead_letter_open ON public.dead_letter USING btree (consumer, sha256(body)) WHERE ((replayed_at IS NULL) AND (discarded_at IS NULL));
CREATE INDEX dead_letter_replay ON public.dead_letter USING btree (consumer) WHERE ((replay_requested_at IS NOT NULL) AND (replayed_at IS NULL) AND (discarded_at IS NULL));
CREATE INDEX delivery_due ON public.delivery USING btree (consumer, due_at);
CREATE INDEX erased_contact_unfinished ON public.erased_contact USING btree (contact_id) WHERE (finished_at IS NULL);
CREATE INDEX erased_number_contact ON public.erased_number USING btree (contact_id);
CREATE INDEX login_attempt_expires ON public.login_attempt USING btree (expires_at);
CREATE INDEX login_session_expires ON public.login_session USING btree (expires_at);
CREATE INDEX login_session_user ON public.login_session USING btree (user_name);
CREATE INDEX outbox_unpublished ON ONLY public.outbox USING btree (sequence) WHERE (published_at IS NULL);
CREATE INDEX outbox_unrouted ON ONLY public.outbox USING btree (created_at) WHERE is_unrouted;
CREATE INDEX recently_asked_of_caller ON public.recently_asked USING btree (client, acting_user, asked_at);
CREATE INDEX service_queue_due ON public.service_queue USING btree (due_at, task_id) WHERE (state <> 'failed'::text);
CREATE INDEX service_queue_failed ON public.service_queue USING btree (task_id) WHERE (state = 'failed'::text);
CREATE INDEX service_queue_token ON public.service_queue USING btree (token);
CREATE INDEX source_record_wish ON public.source_record USING btree (contact_id) WHERE (subscribed <> src_subscribed);
CREATE TRIGGER dead_letter_wakes_replay AFTER UPDATE ON public.dead_letter FOR EACH STATEMENT EXECUTE FUNCTION public.notify_waiters('registerbro_replay');
CREATE TRIGGER delivery_wakes_workers AFTER INSERT ON public.delivery FOR EACH STATEMENT EXECUTE FUNCTION public.notify_waiters('registerbro_delivery');
CREATE TRIGGER outbox_wakes_relays AFTER INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION public.notify_waiters('registerbro_outbox');
ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.audit_spot_check_inquiry
    ADD CONSTRAINT audit_spot_check_inquiry_check_id_fkey FOREIGN KEY (check_id) REFERENCES public.audit_spot_check(check_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.case_contact
    ADD CONSTRAINT case_contact_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_name_type_fkey FOREIGN KEY (name_type) REFERENCES public.contact_type(name_type);
ALTER TABLE ONLY public.contact_number
    ADD CONSTRAINT contact_number_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.contact_reference
    ADD CONSTRAINT contact_reference_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contact_reference
    ADD CONSTRAINT contact_reference_to_contact_id_fkey FOREIGN KEY (to_contact_id) REFERENCES public.contact(contact_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.contact_type_counter
    ADD CONSTRAINT contact_type_counter_name_type_fkey FOREIGN KEY (name_type) REFERENCES public.contact_type(name_type) ON DELETE CASCADE;
ALTER TABLE ONLY public.cpr_approval
    ADD CONSTRAINT cpr_approval_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.cpr_file(file_id);
ALTER TABLE ONLY public.cpr_approval_person
    ADD CONSTRAINT cpr_approval_person_approval_id_fkey FOREIGN KEY (approval_id) REFERENCES public.cpr_approval(approval_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cpr_approval
    ADD CONSTRAINT cpr_approval_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.cpr_run(run_id);
ALTER TABLE ONLY public.cpr_gap
    ADD CONSTRAINT cpr_gap_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.cpr_file(file_id);
ALTER TABLE ONLY public.cpr_order
    ADD CONSTRAINT cpr_order_answer_file_id_fkey FOREIGN KEY (answer_file_id) REFERENCES public.cpr_file(file_id);
ALTER TABLE ONLY public.cpr_order
    ADD CONSTRAINT cpr_order_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.cpr_order
    ADD CONSTRAINT cpr_order_input_file_id_fkey FOREIGN KEY (input_file_id) REFERENCES public.cpr_input_file(input_file_id);
ALTER TABLE ONLY public.cpr_outcome
    ADD CONSTRAINT cpr_outcome_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.cpr_file(file_id);
ALTER TABLE ONLY public.cpr_plan
    ADD CONSTRAINT cpr_plan_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.cpr_run(run_id);
ALTER TABLE ONLY public.cpr_planned
    ADD CONSTRAINT cpr_planned_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.cpr_plan(plan_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cpr_problem
    ADD CONSTRAINT cpr_problem_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.cpr_file(file_id);
ALTER TABLE ONLY public.cpr_reconciliation_agreement
    ADD CONSTRAINT cpr_reconciliation_agreement_reconciliation_id_fkey FOREIGN KEY (reconciliation_id) REFERENCES public.cpr_reconciliation(reconciliation_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cpr_reconciliation_difference
    ADD CONSTRAINT cpr_reconciliation_difference_reconciliation_id_fkey FOREIGN KEY (reconciliation_id) REFERENCES public.cpr_reconciliation(reconciliation_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cpr_run
    ADD CONSTRAINT cpr_run_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.cpr_file(file_id);
ALTER TABLE ONLY public.cpr_run
    ADD CONSTRAINT cpr_run_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.cpr_run(run_id);
ALTER TABLE ONLY public.cpr_run
    ADD CONSTRAINT cpr_run_retry_of_fkey FOREIGN KEY (retry_of) REFERENCES public.cpr_run(run_id);
ALTER TABLE ONLY public.cpr_subscription_attempt
    ADD CONSTRAINT cpr_subscription_attempt_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.cpr_unrenamed
    ADD CONSTRAINT cpr_unrenamed_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.cpr_file(file_id);
ALTER TABLE ONLY public.cpr_wish
    ADD CONSTRAINT cpr_wish_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.cvrupdate_due
    ADD CONSTRAINT cvrupdate_due_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.cvrupdate_import
    ADD CONSTRAINT cvrupdate_import_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.erased_number
    ADD CONSTRAINT erased_number_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.erased_contact(contact_id);
ALTER TABLE ONLY public.oauth2_origin
    ADD CONSTRAINT oauth2_origin_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.oauth2_client(client_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.service_queue
    ADD CONSTRAINT service_queue_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id);
ALTER TABLE ONLY public.source_record
    ADD CONSTRAINT source_record_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(contact_id) DEFERRABLE INITIALLY DEFERRED;
