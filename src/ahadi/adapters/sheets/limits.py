"""How large and how costly a file may be before it is refused."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds of one reading: sizes in bytes, counts as such, times in seconds.

    The defaults are those of an upload by a person; `for_operator` gives those of the command line.
    """

    file_bytes: int = 20 * MEGABYTE
    expanded_bytes: int = 200 * MEGABYTE
    expansion_ratio: int = 100
    zip_entries: int = 1_000
    columns: int = 200
    rows: int = 500_000
    cell_characters: int = 32_767
    memory_bytes: int = 880 * MEGABYTE
    cpu_seconds: int = 50
    wall_seconds: int = 55

    @classmethod
    def for_operator(cls) -> "Limits":
        """Return the bounds of the command line, where the reader owns the machine and the file."""
        return cls(
            file_bytes=2_048 * MEGABYTE,
            expanded_bytes=4_096 * MEGABYTE,
            rows=5_000_000,
            memory_bytes=12_288 * MEGABYTE,
            cpu_seconds=1_800,
            wall_seconds=1_800,
        )
