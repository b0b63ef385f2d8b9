//! Zilliz Cloud: backups of clusters, over its REST API.
