//! What is known of few things, in their order: of the variables of a scope, of its expressions.

/// A mapping of few keys.
#[derive(Clone)]
pub(super) struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Few<K, V> {
    pub(super) fn get(&self, key: K) -> Option<&V> {
        self.place(&key).ok().and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

    pub(super) fn has(&self, key: K) -> bool {
        self.place(&key).is_ok()
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at) {
                    *known = value;
                }
            }
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub(super) fn retain(&mut self, is_kept: impl Fn(&K) -> bool) {
        self.0.retain(|(key, _)| is_kept(key));
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }
}
