"""Reads the files of a folder with pandas, polars and DuckDB, and reports what each found, as JSON."""

import json
import sys
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

folder = Path(sys.argv[1])


def values(row):
    """A row as JSON can represent it."""
    return {name: str(value) if {"at", "id"} & set(name.split("_")) else value for name, value in row.items()}


pandas_rows = pd.read_parquet(folder / "assignments.parquet")
polars_rows = pl.read_parquet(folder / "assignments.parquet")
duckdb_rows = duckdb.read_parquet(str(folder / "assignments.parquet"))
points = pa.ipc.open_stream(folder / "points.arrow").read_all()
named = polars_rows.filter(pl.col("external_id").is_not_null()).drop("vector")
report = {
    "pyarrow": {
        "types": {field.name: str(field.type) for field in points.schema},
        "metadata": json.loads(points.schema.metadata[b"medoid"]),
        "rows": [values(row) for row in points.to_pylist()],
    },
    "pandas": {
        "rows": len(pandas_rows),
        "types": {name: str(kind) for name, kind in pandas_rows.dtypes.items()},
        "nulls": {name: int(count) for name, count in pandas_rows.isna().sum().items() if count},
        "vectors": str(pandas_rows.vector[0].dtype),
        "csv": len(pd.read_csv(folder / "assignments.csv", keep_default_na=False)),
        "jsonl": len(pd.read_json(folder / "assignments.jsonl", lines=True)),
        "labels": sorted(int(label) for label in pandas_rows.label.unique()),
    },
    "polars": {
        "rows": len(polars_rows),
        "types": {name: str(kind) for name, kind in polars_rows.schema.items()},
        "nulls": {column.name: column.null_count() for column in polars_rows if column.null_count()},
        "csv": len(pl.read_csv(folder / "assignments.csv")),
        "jsonl": len(pl.read_ndjson(folder / "assignments.jsonl")),
        "named": [values(row) for row in named.to_dicts()],
    },
    "duckdb": {
        "rows": duckdb_rows.count("*").fetchall()[0][0],
        "types": dict(zip(duckdb_rows.columns, map(str, duckdb_rows.types))),
        "csv": duckdb.read_csv(str(folder / "assignments.csv")).count("*").fetchall()[0][0],
        "jsonl": duckdb.read_json(str(folder / "assignments.jsonl")).count("*").fetchall()[0][0],
        "sum of vectors": duckdb.sql(
            f"SELECT sum(list_sum(vector)) FROM '{folder}/assignments.parquet'"
        ).fetchall()[0][0],
        "texts": duckdb.sql(
            f"SELECT text FROM '{folder}/assignments.parquet' WHERE label = 0 ORDER BY embedding_id"
        ).fetchall(),
        "clusters": duckdb.sql(f"SELECT label, size FROM '{folder}/clusters.csv'").fetchall(),
    },
}
print(json.dumps(report))
