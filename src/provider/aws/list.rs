//! One vault's list: every page of it, or an error (S3).

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
        let page = region.read(LIST, patience, call).await.map_err(|error| {
            permission(
                error,
                &format!(
                    "backup:ListRecoveryPointsByBackupVault on vault {}",
                    vault.name
                ),
            )
        })?;
        let points = page
            .recovery_points
            .ok_or_else(|| error::own(LIST, ErrorKind::Malformed, "an answer without a list"))?
            .into_iter()
            .map(Point::listed)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                error::own(
                    LIST,
                    ErrorKind::Malformed,
                    format!("a recovery point without an ARN in vault {}", vault.name),
                )
            })?;
        take(points);
        pages.turn(page.next_token)?;
    }
    Ok(())
}
