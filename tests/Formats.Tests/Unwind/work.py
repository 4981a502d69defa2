# What record.sh records of python3: calls through the interpreter's C code, some deep and some not.
import json, re, textwrap
def deep(n, f): return f() if n == 0 else max([n], key=lambda x: deep(n - 1, f) or x)
def work(): return len(json.dumps([{str(i): [i] * 3} for i in range(300)], indent=1)) + len(re.findall('[0-9]+', '1,2,3' * 100)) + len(textwrap.fill('word ' * 200))
for i in range(160): deep(i % 4, work)
