"""Writes the Parquet files of this folder: python write.py (needs pyarrow from PyPI).

The tests read them; they are written by another program than the one that reads them, because most users' files are.
"""
import datetime
import decimal
import os
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as encryption

os.chdir(os.path.dirname(os.path.abspath(__file__)))
vectors = [[1.0, 2.0], [3.0, -4.5], None, [0.25, 8.0]]
texts = ["first", "zweiter 🚲", "third", "fourth"]
rows = pa.table({"id": pa.array([f"row {i}" for i in range(4)]), "text": pa.array(texts),
                 "vector": pa.array(vectors, pa.list_(pa.float32()))})

for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    for version in ["1.0", "2.0"]:
        pq.write_table(rows, f"{codec}-v{version[0]}.parquet", compression=codec, data_page_version=version)

# Vectors in the ways in which Arrow stores them.
raw = [None if v is None else np.array(v, "<f4").tobytes() for v in vectors]
pq.write_table(pa.table({
    "id": rows["id"], "text": rows["text"],
    "fixed_list": pa.array(vectors, pa.list_(pa.float32(), 2)),
    "large_list": pa.array(vectors, pa.large_list(pa.float64())),
    "half": pa.array([None if v is None else np.array(v, np.float16) for v in vectors], pa.list_(pa.float16())),
    "bytes": pa.array(raw, pa.binary()),
    "fixed_bytes": pa.array(raw, pa.binary(8)),
    "integers": pa.array([None if v is None else [int(x) for x in v] for v in vectors], pa.list_(pa.int32())),
}), "vectors.parquet")

# One row of each type, and one row of nulls.
moment = datetime.datetime(2026, 3, 1, 12, 34, 56, 789012)
values = {
    "bool": (True, pa.bool_()), "int8": (-8, pa.int8()), "int16": (-1600, pa.int16()), "int32": (-32, pa.int32()),
    "int64": (-(2**63), pa.int64()), "uint8": (255, pa.uint8()), "uint16": (65535, pa.uint16()),
    "uint32": (2**32 - 1, pa.uint32()), "uint64": (2**64 - 1, pa.uint64()),
    "half": (np.float16(0.5), pa.float16()), "float": (0.25, pa.float32()), "double": (0.1, pa.float64()),
    "nan": (float("nan"), pa.float64()),
    "string": ("é", pa.string()), "large_string": ("ß", pa.large_string()), "binary": (b"\x00\xff", pa.binary()),
    "date": (moment.date(), pa.date32()),
    "time_ms": (moment.time().replace(microsecond=789000), pa.time32("ms")), "time_us": (moment.time(), pa.time64("us")),
    "timestamp_ms": (moment.replace(microsecond=789000), pa.timestamp("ms")),
    "timestamp_us": (moment, pa.timestamp("us", "UTC")), "timestamp_ns": (moment, pa.timestamp("ns")),
    "decimal": (decimal.Decimal("-12345678901234567890.123"), pa.decimal128(23, 3)),
    "small_decimal": (decimal.Decimal("1.50"), pa.decimal128(5, 2)),
    "dictionary": ("one of few", pa.dictionary(pa.int8(), pa.string())),
    "list": (["a", None, "b"], pa.list_(pa.string())),
    "struct": ({"a": 1, "b": {"c": ["x"]}}, pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.list_(pa.string()))]))])),
    "map": ([("k", 1)], pa.map_(pa.string(), pa.int32())),
    "lists": ([[1, 2], [3]], pa.list_(pa.list_(pa.int32()))),
    "image": ({"bytes": b"\x89PNG", "path": "a.png"}, pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
    "null": (None, pa.null()),
}
columns = {"id": pa.array(["full", "empty"]), "text": pa.array(["a text", "another"])}
for name, (value, kind) in values.items():
    columns[name] = pa.array([value, None], kind)
columns["uuid"] = pa.array([uuid.UUID(int=7).bytes, None], pa.uuid()) if hasattr(pa, "uuid") else columns["null"]
pq.write_table(pa.table(columns), "types.parquet")
pq.write_table(pa.table({"id": pa.array(["int96"]), "text": pa.array(["t"]), "when": pa.array([moment])}),
               "int96.parquet", use_deprecated_int96_timestamps=True)
large = 2**100
pq.write_table(pa.table({"id": pa.array([decimal.Decimal(x) for x in [large, large + 1, -1]], pa.decimal128(38, 0)),
                         "text": pa.array(["a", "b", "c"])}), "decimal-ids.parquet")


class PlainKms(encryption.KmsClient):
    def wrap_key(self, key, _):
        return key.hex()

    def unwrap_key(self, key, _):
        return bytes.fromhex(key)


crypto = encryption.CryptoFactory(lambda _: PlainKms())
for name, plaintext in [("encrypted-footer", False), ("encrypted-column", True)]:
    keys = encryption.EncryptionConfiguration(footer_key="f", column_keys={"k": ["vector"]}, plaintext_footer=plaintext)
    properties = crypto.file_encryption_properties(encryption.KmsConnectionConfig(), keys)
    with pq.ParquetWriter(f"{name}.parquet", rows.schema, encryption_properties=properties) as writer:
        writer.write_table(rows)
