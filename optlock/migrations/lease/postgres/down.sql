DROP TABLE IF EXISTS optlock_leases;
