DROP TABLE IF EXISTS optlock_presence;
DROP TABLE IF EXISTS optlock_leases;
