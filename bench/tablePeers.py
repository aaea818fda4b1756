"""Reads a table with pandas and DuckDB: python bench/tablePeers.py FILE prints the seconds of each as JSON.

Lists of numbers in CSV are parsed, as an import does. Run by bench/tables.js; needs pandas, pyarrow and duckdb.
"""
import json
import sys
import time

import duckdb
import pandas as pd

path = sys.argv[1]


def seconds(read):
    start = time.perf_counter()
    read()
    return time.perf_counter() - start


def with_pandas():
    if path.endswith(".parquet"):
        return pd.read_parquet(path)
    if path.endswith(".jsonl"):
        return pd.read_json(path, lines=True)
    rows = pd.read_csv(path)
    if "vector" in rows:
        rows["vector"] = rows["vector"].map(json.loads)
    return rows


def with_duckdb():
    vectors = "* REPLACE (vector::FLOAT[] AS vector)"
    columns = vectors if path.endswith(".csv") and "vector" in pd.read_csv(path, nrows=1) else "*"
    return duckdb.sql(f"SELECT {columns} FROM '{path}'").to_arrow_table()


print(json.dumps({"read by pandas, s": seconds(with_pandas), "read by DuckDB, s": seconds(with_duckdb)}))
