-- How many persons CPR subscribes for us, and how many are to be: counted without reading what was delivered of them.
create index source_record_subscription on source_record (src_subscribed, subscribed) where source = 'CPR';
