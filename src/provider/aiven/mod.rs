//! Aiven: the secondary regions of a service's backups, over its REST API.
