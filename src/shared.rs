//! Lists that many values have in common: what a locked vault says of one of its backups, it says of a million.

use std::{fmt, ops::Deref, sync::Arc};

use serde::{Serialize, Serializer};

/// A list that is copied by a count, and one pointer wide; changing it parts it from its copies.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shared<T>(Option<Arc<Vec<T>>>);

impl<T: Clone> Shared<T> {
    /// Adds one at the end.
    pub fn push(&mut self, one: T) {
        Arc::make_mut(self.0.get_or_insert_default()).push(one);
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(formatter)
    }
}

impl<T> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<T: Clone> Extend<T> for Shared<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, more: I) {
        for one in more {
            self.push(one);
        }
    }
}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(list: Vec<T>) -> Self {
        Self((!list.is_empty()).then(|| Arc::new(list)))
    }
}

impl<T> FromIterator<T> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(list: I) -> Self {
        Vec::from_iter(list).into()
    }
}

impl<T, const N: usize> From<[T; N]> for Shared<T> {
    fn from(list: [T; N]) -> Self {
        Vec::from(list).into()
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.deref().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_parted_from_the_others_by_the_first_change() {
        let one = Shared::from([1, 2]);
        let mut other = one.clone();
        other.push(3);
        assert_eq!(*one, [1, 2]);
        assert_eq!(*other, [1, 2, 3]);
    }

    #[test]
    fn an_empty_list_is_the_same_however_it_was_made() {
        assert_eq!(Shared::<u8>::from(Vec::new()), Shared::default());
        assert!(Shared::<u8>::default().is_empty());
    }
}
