//! One vault's list: every page of it, or an error (S3).

use std::mem;

use aws_sdk_backup::types::RecoveryPointByBackupVault;
use futures_util::future::join;
use tokio::task::yield_now;

use super::{
    error,
    filters::Filters,
    point::Point,
    region::{PAGE, Pages, Patience, Region},
    vaults::{Vault, permission},
};
use crate::provider::{ErrorKind, ProviderError};

/// The call that lists a vault.
pub(super) const LIST: &str = "ListRecoveryPointsByBackupVault";

/// Reads a vault's list page by page, or what the filters leave of it.
pub(super) async fn points(
    region: &Region,
    vault: &Vault,
    filters: &Filters,
    patience: Patience,
    take: &mut (dyn FnMut(Vec<Point>) + Send),
) -> Result<(), ProviderError> {
    let mut pages = Pages::of(LIST);
    let mut before = Vec::new();
    while pages.more() {
        let call = || {
            region
                .client
                .list_recovery_points_by_backup_vault()
                .backup_vault_name(&*vault.name)
                .set_by_parent_recovery_point_arn(filters.parent.clone())
                .set_by_created_before(filters.created_before)
                .set_by_created_after(filters.created_after)
                .set_by_resource_type(filters.kind.map(ToOwned::to_owned))
                .set_by_resource_arn(filters.resource.clone())
                .max_results(PAGE)
                .set_next_token(pages.token())
                .send()
        };
        // A page is looked through while the next one is on its way. The first pause lets the request come to its
        // connection, the second lets that write it.
        let look_through = async {
            yield_now().await;
            yield_now().await;
            take(read(mem::take(&mut before), vault)?);
            Ok::<_, ProviderError>(())
        };
        let (page, looked_through) = join(region.read(LIST, patience, call), look_through).await;
        looked_through?;
        let page = page.map_err(|error| {
            permission(
                error,
                &format!(
                    "backup:ListRecoveryPointsByBackupVault on vault {}",
                    vault.name
                ),
            )
        })?;
        before = page
            .recovery_points
            .ok_or_else(|| error::own(LIST, ErrorKind::Malformed, "an answer without a list"))?;
        pages.turn(page.next_token)?;
    }
    take(read(before, vault)?);
    Ok(())
}

fn read(page: Vec<RecoveryPointByBackupVault>, vault: &Vault) -> Result<Vec<Point>, ProviderError> {
    page.into_iter()
        .map(Point::listed)
        .collect::<Option<_>>()
        .ok_or_else(|| {
            error::own(
                LIST,
                ErrorKind::Malformed,
                format!("a recovery point without an ARN in vault {}", vault.name),
            )
        })
}
