"""Which place a directory belongs to when one run sees it at several."""


class Claims:
    """Counts the places at which each directory was seen in this run.

    A bind mount, or an inode that is used again while the run goes on, shows one
    identity at two places; the first one claims it.
    """

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._again: dict[int, int] = {}

    @property
    def has_several(self) -> bool:
        """Whether any directory was seen at a second place."""
        return bool(self._again)

    def claim(self, filesystem: int, inode: int) -> int:
        """Return 0 for the first place that shows a directory, 1 for the second, ..."""
        key = filesystem << 64 | inode
        if key not in self._seen:
            self._seen.add(key)
            return 0
        number = self._again.get(key, 0) + 1
        self._again[key] = number
        return number
