"""Runs with the PyPI library `token-status-list`: decodes arrays and writes its own.

stdin   {"arrays": [{"bits", "lst", "indexes": [n...]}], "write": [{"bits", "size", "values": {index: value}}]}
stdout  {"read": [{"size", "values": [n...]}], "written": [lst...], "parsers": [names of what could read a token]}
"""

import json
import sys

import token_status_list
from token_status_list import BitArray, IssuerStatusList

given = json.load(sys.stdin)
read = []
for entry in given["arrays"]:
    array = BitArray.load({"bits": entry["bits"], "lst": entry["lst"]})
    read.append({"size": len(array), "values": [array[index] for index in entry["indexes"]]})
written = []
for entry in given["write"]:
    array = BitArray.of_size(entry["bits"], entry["size"])
    for index, value in entry["values"].items():
        array[int(index)] = value
    written.append(array.to_b64())
names = [name for name in dir(IssuerStatusList) if not name.startswith("_")]
parsers = [name for name in names if "verif" in name or "parse" in name or "decode" in name]
parsers += [name for name in dir(token_status_list) if name.startswith("Verifier")]
json.dump({"read": read, "written": written, "parsers": parsers}, sys.stdout)
