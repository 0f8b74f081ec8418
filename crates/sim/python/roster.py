"""DuckDB and Polars over the same columns as the roster, for the bench.

Reads `engine question` lines, answers each with milliseconds. With `keep` as a third word the answer is written beside the columns, so that
the bench can compare it. Every column is a raw array; nothing is aggregated beforehand. Each question is asked in the form that was the
fastest of those tried: thresholds instead of window functions where the answer allows it, a packed key and its run lengths where a sort by
that key beats a table of groups.
"""

import json
import os
import sys
import time

THREADS = 2
os.environ["POLARS_MAX_THREADS"] = str(THREADS)

import duckdb
import numpy as np
import polars as pl

FOLDER = sys.argv[1]
PLAN = json.load(open(os.path.join(FOLDER, "plan.json")))
MEMBERS = PLAN["members"]
FROM, TO = PLAN["from"], PLAN["to"]
NOTHING = np.iinfo(np.int64).min


def column(name, kind):
    return np.fromfile(os.path.join(FOLDER, name), kind)


def frame(prefix, kinds):
    return pl.DataFrame({name: column(f"{prefix}.{name}", kind) for name, kind in kinds.items()})


purchase = frame("purchase", dict(member=np.int32, day=np.uint16, month=np.uint8, amount=np.int32, store=np.uint16, category=np.uint8, hour=np.uint8))
purchase = purchase.with_columns(pl.col("member").set_sorted())
FACT = dict(amount=np.int32, purchases=np.uint16, last_day=np.uint16, category=np.uint8, hour=np.uint8)
fact_1 = frame("fact", FACT)
fact_10 = pl.concat([fact_1] * 10).rechunk()

con = duckdb.connect()
con.execute(f"SET threads = {THREADS}")
con.execute("SET preserve_insertion_order = false")
for name in ("purchase", "fact_1", "fact_10"):
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}")

# --- DuckDB ------------------------------------------------------------------------------------------------------------------------


def duck(query):
    def ask():
        con.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {query}")

    return ask


def duck_favourite(name, span):
    return duck(
        f"SELECT k // {span} AS member, {span} - max(c * {span} + {span - 1} - k % {span}) % {span} AS favourite FROM "
        f"(SELECT member * {span}::INTEGER + {name} AS k, count(*) AS c FROM purchase GROUP BY k) GROUP BY member"
    )


CUTS = PLAN["cuts_bp"]
SPENT = f"SELECT member, sum(amount)::BIGINT AS amount FROM purchase WHERE day BETWEEN {FROM} AND {TO} GROUP BY member"
LAYER = " + ".join(f"(place > (n * {cut} + 9999) // 10000)::UTINYINT" for cut in CUTS)


def scores(what):
    return "1::UTINYINT + " + " + ".join(f"({what} > q.{what}[{fifth}])::UTINYINT" for fifth in range(1, 5))


FIFTHS = "[0.2, 0.4, 0.6, 0.8]"
TESTS = PLAN["tests"]
WHERE = " AND ".join(f"{name} BETWEEN {least} AND {most}" for name, (least, most) in TESTS.items())


def duck_count(table):
    def ask():
        return con.execute(f"SELECT count(*) FROM {table} WHERE {WHERE}").fetchone()[0]

    return ask


DUCK = {
    "pyramid": duck(
        f"SELECT member, amount, {LAYER} AS layer FROM (SELECT member, amount, "
        f"row_number() OVER (ORDER BY amount DESC, member) AS place, count(*) OVER () AS n FROM ({SPENT}))"
    ),
    "rfm": duck(
        f"WITH deed AS MATERIALIZED (SELECT member, max(day) AS r, count(*) AS f, sum(amount)::BIGINT AS m FROM purchase "
        f"WHERE day BETWEEN {FROM} AND {TO} GROUP BY member), "
        f"q AS (SELECT quantile_disc(r, {FIFTHS}) AS r, quantile_disc(f, {FIFTHS}) AS f, quantile_disc(m, {FIFTHS}) AS m FROM deed) "
        f"SELECT member, {scores('deed.r').replace('q.deed.', 'q.')} AS r, {scores('deed.f').replace('q.deed.', 'q.')} AS f, "
        f"{scores('deed.m').replace('q.deed.', 'q.')} AS m FROM deed, q"
    ),
    "store": duck_favourite("store", 512),
    "category": duck_favourite("category", 64),
    "hour": duck_favourite("hour", 32),
    "cohorts": duck(
        "SELECT first, month - first AS later, count(*) AS members FROM (SELECT first, unnest(range(32)) AS month, bought FROM "
        "(SELECT min(month) AS first, bit_or(1::UINTEGER << month) AS bought FROM purchase GROUP BY member)) "
        "WHERE (bought >> month) & 1 = 1 GROUP BY ALL"
    ),
    "count_1": duck_count("fact_1"),
    "count_10": duck_count("fact_10"),
}

# --- Polars ------------------------------------------------------------------------------------------------------------------------

within = purchase.lazy().filter(pl.col("day").is_between(FROM, TO))


def pl_pyramid():
    spent = within.group_by("member").agg(pl.col("amount").sum().cast(pl.Int64)).collect(engine="streaming")
    spent = spent.sort("amount", "member", descending=[True, False])
    n = len(spent)
    place = pl.int_range(1, n + 1, dtype=pl.UInt32)
    layer = sum(((place > -(-n * cut // 10_000)).cast(pl.UInt8) for cut in CUTS), pl.lit(0, pl.UInt8))
    return spent.with_columns(layer=layer)


def pl_rfm():
    deed = within.group_by("member").agg(r=pl.col("day").last(), f=pl.len(), m=pl.col("amount").sum().cast(pl.Int64)).collect()
    n = len(deed)

    def score(name):
        ordered = deed[name].sort()
        bounds = [ordered[-(-n * fifth // 5) - 1] for fifth in range(1, 5)]
        return sum(((pl.col(name) > bound).cast(pl.UInt8) for bound in bounds), pl.lit(1, pl.UInt8)).alias(name)

    return deed.select("member", score("r"), score("f"), score("m"))


def pl_favourite(name, span):
    def ask():
        key = pl.col("member") * span + pl.col(name)
        runs = purchase.select(key.sort().rle().alias("run")).unnest("run")
        best = (pl.col("len").cast(pl.Int64) * span + span - 1 - pl.col("value") % span).max()
        member = (pl.col("value") // span).set_sorted().alias("member")
        return runs.lazy().group_by(member).agg(favourite=span - best % span).collect()

    return ask


def pl_cohorts():
    new = (pl.col("month") != pl.col("month").shift(1)) | (pl.col("member") != pl.col("member").shift(1))
    months = purchase.lazy().select("member", "month").filter(new.fill_null(True)).collect()
    first = (pl.col("member") != pl.col("member").shift(1)).fill_null(True)
    own = pl.when(first).then(pl.col("month")).otherwise(None).forward_fill().alias("first")
    return months.lazy().with_columns(own).group_by("first", (pl.col("month") - pl.col("first")).alias("later")).agg(members=pl.len()).collect()


def pl_count(table):
    passed = pl.all_horizontal(pl.col(name).is_between(least, most) for name, (least, most) in TESTS.items())
    return lambda: table.lazy().filter(passed).select(pl.len()).collect().item()


POLARS = {
    "pyramid": pl_pyramid,
    "rfm": pl_rfm,
    "store": pl_favourite("store", 512),
    "category": pl_favourite("category", 64),
    "hour": pl_favourite("hour", 32),
    "cohorts": pl_cohorts,
    "count_1": pl_count(fact_1),
    "count_10": pl_count(fact_10),
}

# --- answers -----------------------------------------------------------------------------------------------------------------------


def dense(answer, name, kind, blank):
    values = np.full(MEMBERS, blank, kind)
    values[answer["member"].to_numpy()] = answer[name].to_numpy()
    return values


def canonical(question, answer):
    """The answer as the arrays that the bench compares: a value a member in the order of members, or rows in order."""
    if question.startswith("count"):
        return [np.array([answer], np.int64)]
    if question == "pyramid":
        return [dense(answer, "amount", np.int64, NOTHING), dense(answer, "layer", np.uint8, 255)]
    if question == "rfm":
        return [dense(answer, name, np.uint8, 0) for name in "rfm"]
    if question == "cohorts":
        rows = answer.select(pl.col("first", "later", "members").cast(pl.Int64)).sort("first", "later")
        return [rows.to_numpy().reshape(-1)]
    return [dense(answer, "favourite", np.uint16, 0)]


def main():
    print("ready", flush=True)
    for line in sys.stdin:
        engine, question, *keep = line.split()
        ask = {"duckdb": DUCK, "polars": POLARS}[engine][question]
        started = time.perf_counter()
        answer = ask()
        took_ms = (time.perf_counter() - started) * 1e3
        if keep:
            if answer is None:
                answer = pl.DataFrame(con.execute("SELECT * FROM answer").fetchnumpy())
            with open(os.path.join(FOLDER, "answer"), "wb") as file:
                for values in canonical(question, answer):
                    values.astype(np.int64).tofile(file)
        print(took_ms, flush=True)


main()
