//! Everything in scope: regions and vaults side by side, each of them whole or not at all (S3).
//!
//! What cannot be read ends the survey, and names its scope; only where the asker can go on without is it left out and
//! told. Credentials that are not good are no matter of one scope, and always end it.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Aws, error,
    filters::Filters,
    find,
    holds::Holds,
    list::{self, LIST},
    point::Words,
    region::{Patience, Region},
    vaults::{Vault, Vaults, no_such_vault},
};
use crate::{
    backup::Backup,
    provider::{ErrorKind, Progress, ProviderError, Seen, Survey, Unread, Wants},
};

/// How many regions are read at once, and then how many vaults over all of them.
const AT_ONCE: usize = 8;

/// AWS' limit of a vault.
const MOST_POINTS: u64 = 1_000_000;

/// A scope that was read, or that is left out.
type Outcome<T> = Result<T, Unread>;

/// A region with what tells about all of its vaults.
struct Place {
    region: Arc<Region>,
    vaults: Arc<Vaults>,
    holds: Holds,
}

/// What was found in one vault.
struct InVault<'a> {
    vault: &'a Vault,
    backups: Vec<Backup>,
    total: u64,
}

/// Everything in scope.
pub(super) async fn all(
    aws: &Aws,
    wants: &Wants,
    progress: Progress<'_>,
) -> Result<Survey, ProviderError> {
    let mut survey = Survey::default();
    let (regions, note) = aws.regions().await?;
    survey.notes.extend(note);
    let places = read_places(aws, wants, &regions, &mut survey).await?;
    check_names(aws, &places, &mut survey)?;
    survey
        .notes
        .extend(places.iter().filter_map(|place| place.holds.note.clone()));

    let chosen: Vec<(&Place, &Vault)> = places
        .iter()
        .flat_map(|place| place.vaults.iter().map(move |vault| (place, &**vault)))
        .filter(|(_, vault)| aws.names.admits(&vault.name))
        .collect();
    let filters = Filters::of(&wants.narrow);
    let vaults = chosen.len();
    let tally = Tally::new(chosen.len(), progress);
    let jobs: Vec<_> = chosen
        .into_iter()
        .map(|(place, vault)| async {
            one_vault(wants, &filters, place, vault, &tally)
                .await
                .map_err(|error| error.of_one_among(vaults))
        })
        .collect();
    let outcomes: Vec<Outcome<InVault<'_>>> =
        stream::iter(jobs).buffered(AT_ONCE).try_collect().await?;
    for outcome in outcomes {
        match outcome {
            Ok(part) => {
                survey
                    .totals
                    .insert(Arc::clone(&part.vault.scope), part.total);
                append(&mut survey.backups, part.backups);
            }
            Err(unread) => survey.unread.push(unread),
        }
    }
    Ok(survey)
}

/// Takes the first list as it is: a vault of a million points would be in memory twice.
fn append(all: &mut Vec<Backup>, more: Vec<Backup>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.extend(more);
    }
}

/// The vaults and legal holds of all regions.
async fn read_places(
    aws: &Aws,
    wants: &Wants,
    regions: &[Arc<Region>],
    survey: &mut Survey,
) -> Result<Vec<Place>, ProviderError> {
    let jobs: Vec<_> = regions
        .iter()
        .map(|region| async move {
            let answer = tokio::try_join!(Vaults::read(region), Holds::read(region));
            let place = answer.map(|(vaults, holds)| Place {
                region: Arc::clone(region),
                vaults,
                holds,
            });
            let scope = scope_of([aws.account(), Some(&region.name), None]);
            unless_left_out(place, wants, scope).map_err(|error| error.of_one_among(regions.len()))
        })
        .collect();
    let outcomes: Vec<Outcome<Place>> = stream::iter(jobs).buffered(AT_ONCE).try_collect().await?;
    let mut places = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(place) => places.push(place),
            Err(unread) => survey.unread.push(unread),
        }
    }
    Ok(places)
}

/// Every name must mean a vault: in one of the accounts, or perhaps in a region that was left out.
fn check_names(aws: &Aws, places: &[Place], survey: &mut Survey) -> Result<(), ProviderError> {
    let looked_in: Vec<(&str, &Vaults)> = places
        .iter()
        .map(|place| (place.region.name.as_str(), &*place.vaults))
        .collect();
    for name in aws.names.unmatched(&looked_in) {
        let missing = no_such_vault(name, aws.account(), &looked_in);
        let note = missing.message.clone();
        if survey.unread.is_empty()
            && let Some(nowhere) = aws.names.nowhere(name, aws.held.account_key(), missing)
        {
            return Err(nowhere);
        }
        survey.notes.push(note);
    }
    Ok(())
}

async fn one_vault<'a>(
    wants: &Wants,
    filters: &Filters,
    place: &Place,
    vault: &'a Vault,
    tally: &Tally<'_>,
) -> Result<Outcome<InVault<'a>>, ProviderError> {
    let answer = read_vault(filters, place, vault, tally).await;
    tally.done();
    unless_left_out(answer, wants, scope_of(parts(vault)))
}

async fn read_vault<'a>(
    filters: &Filters,
    place: &Place,
    vault: &'a Vault,
    tally: &Tally<'_>,
) -> Result<InVault<'a>, ProviderError> {
    // What fits one page saves nothing by being filtered, and loses its check against the vault's count.
    let whole = Filters::default();
    let filters = if vault.pages() > 1 { filters } else { &whole };
    let backups = read_pages(filters, place, vault, tally).await?;
    let listed = u64::try_from(backups.len()).unwrap_or(u64::MAX);
    let narrowed = !filters.is_none();
    if !narrowed {
        check_count(&place.region, vault, backups.len()).await?;
    }
    Ok(InVault {
        vault,
        backups,
        total: if narrowed { vault.points } else { listed },
    })
}

/// Much may have gone since the vaults were counted; what is far off now is no whole list.
async fn check_count(region: &Region, vault: &Vault, listed: usize) -> Result<(), ProviderError> {
    if vault.fits(listed) {
        return Ok(());
    }
    let vaults = Vaults::read(region).await?;
    let now = vaults.find(&vault.name).ok_or_else(|| {
        let account = vault.scope.part("account");
        no_such_vault(&vault.name, account, &[(&region.name, &vaults)])
    })?;
    if now.fits(listed) {
        return Ok(());
    }
    Err(error::own(
        LIST,
        ErrorKind::Incomplete,
        format!(
            "the list is not whole: vault {} holds {} recovery points, and {listed} were listed",
            vault.name, now.points,
        ),
    ))
}

async fn read_pages(
    filters: &Filters,
    place: &Place,
    vault: &Vault,
    tally: &Tally<'_>,
) -> Result<Vec<Backup>, ProviderError> {
    let mut words = Words::default();
    // As many as the vault is said to hold, so that the list is not moved and copied while it grows; what is said is checked
    // later, and believed up to a vault's limit.
    let expected = if filters.is_none() { vault.points } else { 0 };
    let mut backups = Vec::with_capacity(usize::try_from(expected.min(MOST_POINTS)).unwrap_or(0));
    let mut parents = Vec::new();
    list::points(
        &place.region,
        vault,
        filters,
        Patience::Repeat,
        &mut |page| {
            tally.saw(page.len());
            for point in page {
                if point.is_parent {
                    parents.push(point.arn.clone());
                }
                backups.push(point.backup(vault, &place.holds, &mut words));
            }
        },
    )
    .await?;
    if !filters.is_none() {
        // The parts of a composite point go with it, whatever they are backups of.
        for nested in find::members(&place.region, vault, &parents).await? {
            backups.push(nested.backup(vault, &place.holds, &mut words));
        }
    }
    Ok(unique(backups))
}

/// A point that moves while pages are read can be on two of them: what was read first counts.
///
/// Their places are sorted by name, at four bytes each: a set of a million names takes ten times as much.
fn unique(mut backups: Vec<Backup>) -> Vec<Backup> {
    let name = |place: &u32| {
        let backup = usize::try_from(*place).ok().and_then(|at| backups.get(at));
        backup.map(|backup| backup.id.name())
    };
    let mut places: Vec<u32> = (0..).take(backups.len()).collect();
    places.sort_unstable_by(|one, other| name(one).cmp(&name(other)).then(one.cmp(other)));
    let again: HashSet<u32> = places
        .windows(2)
        .filter_map(|pair| match pair {
            [one, other] if name(one) == name(other) => Some(*other),
            _ => None,
        })
        .collect();
    if !again.is_empty() {
        let mut places = 0..;
        backups.retain(|_| places.next().is_none_or(|place| !again.contains(&place)));
    }
    backups
}

fn parts(vault: &Vault) -> [Option<&str>; 3] {
    ["account", "region", "vault"].map(|part| vault.scope.part(part))
}

/// A scope's name: account, region and vault, as far as they are known and meant.
fn scope_of(parts: [Option<&str>; 3]) -> String {
    let known: Vec<&str> = parts.into_iter().flatten().collect();
    known.join("/")
}

/// What was read; or, where the asker goes on without, the scope and why it is left out. An error names its scope.
fn unless_left_out<T>(
    answer: Result<T, ProviderError>,
    wants: &Wants,
    scope: String,
) -> Result<Outcome<T>, ProviderError> {
    match answer {
        Ok(read) => Ok(Ok(read)),
        Err(error) if wants.skip_unreadable && is_of_one_scope(error.kind) => {
            let hint = error
                .hint
                .as_deref()
                .map_or_else(String::new, |hint| format!("; {hint}"));
            let why = format!("{error}{hint}");
            tracing::warn!(%scope, %error, "left out");
            Ok(Err(Unread { scope, why }))
        }
        Err(mut error) => {
            error.message = format!("in {scope}: {}", error.message);
            Err(error)
        }
    }
}

/// Whether another scope may well be read where this one was not.
fn is_of_one_scope(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Permission
        | ErrorKind::NotFound
        | ErrorKind::NoSuchScope
        | ErrorKind::Conflict
        | ErrorKind::Protected
        | ErrorKind::Refused
        | ErrorKind::Kept
        | ErrorKind::Throttled
        | ErrorKind::Server
        | ErrorKind::Network
        | ErrorKind::Timeout
        | ErrorKind::Malformed
        | ErrorKind::Incomplete => true,
        ErrorKind::Credentials
        | ErrorKind::Certificate
        | ErrorKind::Drift
        | ErrorKind::Guard
        | ErrorKind::Gate
        | ErrorKind::Rehearsed
        | ErrorKind::Setup
        | ErrorKind::Interrupted => false,
    }
}

/// How far the survey has come.
struct Tally<'a> {
    progress: Progress<'a>,
    scopes: usize,
    done: AtomicUsize,
    backups: AtomicUsize,
}

impl<'a> Tally<'a> {
    fn new(scopes: usize, progress: Progress<'a>) -> Self {
        let tally = Self {
            progress,
            scopes,
            done: AtomicUsize::new(0),
            backups: AtomicUsize::new(0),
        };
        tally.tell();
        tally
    }

    fn saw(&self, backups: usize) {
        self.backups.fetch_add(backups, Ordering::Relaxed);
        self.tell();
    }

    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }

    fn tell(&self) {
        (self.progress)(Seen {
            scopes_done: self.done.load(Ordering::Relaxed),
            scopes: self.scopes,
            backups: self.backups.load(Ordering::Relaxed),
        });
    }
}
