/** The literal domains (`language.md` 4), table by table. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  compareAddresses,
  compareNetworks,
  type DomainName,
  durationText,
  parseDomain,
  parseOther,
  sizeText,
} from "../../grammar/domains.js";

const minute = 60_000_000n;
const hour = 60n * minute;
const day = 24n * hour;

/** Text, then the value in that domain; undefined if it is none. */
const tables: { readonly [domain in DomainName]: readonly (readonly [string, bigint | string | undefined])[] } = {
  Duration: [
    ["10 usec", 10n],
    ["1us", 1n],
    ["2 usecs", 2n],
    ["1 microsecond", 1n],
    ["3 microseconds", 3n],
    ["3 ms", 3000n],
    ["3msecs", 3000n],
    ["1 millisecond", 1000n],
    ["5s", 5_000_000n],
    ["5 seconds", 5_000_000n],
    ["1 second", 1_000_000n],
    ["1 m", minute],
    ["1 M", minute],
    ["2 MIN", 2n * minute],
    ["1 minute", minute],
    ["1 hour", hour],
    ["1 hr 6 min 22s", hour + 6n * minute + 22_000_000n],
    ["1h1m", hour + minute],
    ["1h, 1m", hour + minute],
    ["1m 1h", hour + minute],
    ["1 h,,  2 m,", hour + 2n * minute],
    ["2 days", 2n * day],
    ["1 wk", 7n * day],
    ["2 weeks", 14n * day],
    ["1 year", 365n * day],
    ["4 yrs", 1460n * day],
    ["0 s", 0n],
    ["007 s", 7_000_000n],
    ["292471 years", 292471n * 365n * day],
    ["9223372036854775807 us", 9223372036854775807n],
    ["9223372036854775808 us", undefined],
    ["292472 years", undefined],
    [`${"9".repeat(50)} s`, undefined],
    ["1 h 2 h", undefined],
    ["1 h 2 hrs", undefined],
    ["1.5 h", undefined],
    ["-1 h", undefined],
    ["1", undefined],
    ["h", undefined],
    ["", undefined],
    [", 1 h", undefined],
    ["1 fortnight", undefined],
    ["1 h x", undefined],
  ],
  Size: [
    ["1 b", 1n],
    ["2B", 2n],
    ["3 Bytes", 3n],
    ["3 bytes", 3n],
    ["1 k", 1000n],
    ["1K", 1000n],
    ["5 kb", 5000n],
    ["5 Kb", 5000n],
    ["5 KB", 5000n],
    ["1 ki", 1024n],
    ["1 KiB", 1024n],
    ["1 KIB", 1024n],
    ["1 kib", 1024n],
    ["1 m", 1_000_000n],
    ["1 MB", 1_000_000n],
    ["1 mib", 1n << 20n],
    ["1 G", 10n ** 9n],
    ["1 gib", 1n << 30n],
    ["1 tb", 10n ** 12n],
    ["2 TIB", 1n << 41n],
    ["8388607 tib", 8388607n << 40n],
    ["8388608 tib", undefined],
    ["1 kB", undefined],
    ["1 BYTES", undefined],
    ["1", undefined],
    ["1.5 kb", undefined],
    ["-1 b", undefined],
    ["1 kb 2 b", undefined],
    ["1 kiB", undefined],
    ["", undefined],
  ],
  IPAddr: [
    ["10.0.0.1", "10.0.0.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["010.001.0.0", "010.001.0.0"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8::1", "2001:DB8::1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7::"],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
    ["1:2:3:4:5:6:10.0.0.1", "1:2:3:4:5:6:10.0.0.1"],
    ["256.0.0.1", undefined],
    ["1.2.3.256", undefined],
    ["1.2.3", undefined],
    ["1.2.3.4.5", undefined],
    ["1..2.3", undefined],
    ["1::2::3", undefined],
    ["24:00:00", undefined],
    ["1:2:3:4:5:6:7", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["1:2:3:4::5:6:7:8", undefined],
    ["12345::", undefined],
    ["g::", undefined],
    ["fe80::1%eth0", undefined],
    [":1::", undefined],
    ["1:", undefined],
    ["10.0.0.1::", undefined],
    [":::", undefined],
    ["1:2:3:4:5:6:7:10.0.0.1", undefined],
    ["", undefined],
  ],
  CIDR: [
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3/8", "10.1.2.3/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["1.2.3.4/32", "1.2.3.4/32"],
    ["::/128", "::/128"],
    ["10.0.0.0/33", undefined],
    ["::/129", undefined],
    ["10.0.0.0/x", undefined],
    ["10.0.0.0/", undefined],
    ["10.0.0.0", undefined],
    ["1.2.3/8", undefined],
    ["10.0.0.0/8/8", undefined],
    ["10.0.0.0/-1", undefined],
  ],
  Date: [
    ["2004-01-06", "2004-01-06"],
    ["20040106", "2004-01-06"],
    ["--03-02", "--03-02"],
    ["--03", "--03"],
    ["Jan 7, 2007", "2007-01-07"],
    ["Jan 7 2007", "2007-01-07"],
    ["Jan 7,2007", "2007-01-07"],
    ["january7, 2007", "2007-01-07"],
    ["2 Mar 1401", "1401-03-02"],
    ["2Mar1401", "1401-03-02"],
    ["3 MARCH, 2020", "2020-03-03"],
    ["Jan 2027", "2027-01"],
    ["Mar 0600", "0600-03"],
    ["2 Mar", "--03-02"],
    ["Mar 2", "--03-02"],
    ["Mar 2,", "--03-02"],
    ["2 Mar,", "--03-02"],
    ["March", "--03"],
    ["sept", "--09"],
    ["SEP 1", "--09-01"],
    ["Jan 7, 45", "0045-01-07"],
    ["7 Jan 5", "0005-01-07"],
    ["Jan 7, 0", "--01-07"],
    ["7 Jan 0000", "--01-07"],
    ["Feb 29", "--02-29"],
    ["2023-02-29", "2023-02-29"],
    ["2004-13-01", undefined],
    ["2004-00-01", undefined],
    ["2004-01-00", undefined],
    ["2004-01-32", undefined],
    ["2004-04-31", undefined],
    ["2004-02-30", undefined],
    ["Jan 7, 20070", undefined],
    ["Jan 123", undefined],
    ["1st Jan", undefined],
    ["2024-1-5", undefined],
    ["Foo 1", undefined],
    ["--13", undefined],
    ["--00", undefined],
    ["Jan 0", undefined],
    ["Jan, 7", undefined],
    ["2004", undefined],
    ["", undefined],
  ],
  Time: [
    ["12:34", "12:34:00"],
    ["2:03", "02:03:00"],
    ["12:34Z", "12:34:00Z"],
    ["12:34z", "12:34:00Z"],
    ["12:23:01.131Z", "12:23:01.131Z"],
    ["2:03:01+23:00", "02:03:01+23:00"],
    ["02:03-05:30", "02:03:00-05:30"],
    ["2:30:1", "02:30:01"],
    ["23:59:60", "23:59:60"],
    ["0:00", "00:00:00"],
    ["1:02:03pm", "13:02:03"],
    ["1:02 PM", "13:02:00"],
    ["12:00 am", "00:00:00"],
    ["12:30pm", "12:30:00"],
    ["1:02:03  Am", "01:02:03"],
    ["24:00", undefined],
    ["12:60", undefined],
    ["12:00:61", undefined],
    ["13:00 pm", undefined],
    ["0:00 am", undefined],
    ["12:00+24:00", undefined],
    ["12:00+05:60", undefined],
    ["1:02:03.5pm", undefined],
    ["1:02:03pmZ", undefined],
    ["1:2", undefined],
    ["12:00.5", undefined],
    ["123:00", undefined],
    ["", undefined],
  ],
  DateTime: [
    ["2004-01-06T12:23:01+23:00", "2004-01-06T12:23:01+23:00"],
    ["--03T2:03", "--03T02:03:00"],
    ["2 Jan, 2004 T 12:23:01+23:00", "2004-01-02T12:23:01+23:00"],
    ["2004-01-06t12:23:01z", "2004-01-06T12:23:01Z"],
    ["2 Oct 2004 T 12:23:01", "2004-10-02T12:23:01"],
    ["October T 1:00 pm", "--10T13:00:00"],
    ["AugustT1:00", "--08T01:00:00"],
    ["Oct 1 T 2:00", "--10-01T02:00:00"],
    ["2004-01-06 12:23:01", undefined],
    ["2004-01-06T", undefined],
    ["T12:00", undefined],
    ["2004-01-06T25:00", undefined],
    ["2004-13-06T12:00", undefined],
  ],
};

for (const [domain, rows] of Object.entries(tables) as [DomainName, (typeof tables)[DomainName]][])
  test(domain, () => {
    for (const [text, value] of rows) {
      assert.is(parseDomain(domain, text)?.value, value, `${domain} ${text}`);
      assert.is(parseDomain(domain, ` \t${text}  `)?.value, value, `${domain} ${text} between blanks`);
    }
  });

test("order of matching", () => {
  const expected: readonly (readonly [string, DomainName | undefined])[] = [
    ["1 m", "Duration"],
    ["1 M", "Duration"],
    ["1 k", "Size"],
    ["1 mb", "Size"],
    ["12:34", "Time"],
    ["24:00:00", undefined],
    ["20040106", "Date"],
    ["2004-01-06T1:00", "DateTime"],
    ["10.0.0.1", "IPAddr"],
    ["10.0.0.1/8", "CIDR"],
    ["::1", "IPAddr"],
    ["may", "Date"],
    ["", undefined],
    ["x", undefined],
  ];
  for (const [text, type] of expected) assert.is(parseOther(text)?.type, type, text);
});

test("text of durations", () => {
  const rows: readonly (readonly [bigint, string])[] = [
    [0n, "0 sec"],
    [1n, "1 usec"],
    [5007n, "5 msec 7 usec"],
    [1_000_000n, "1 sec"],
    [90_000_000n, "1 min 30 secs"],
    [hour + 6n * minute + 22_000_000n, "1 hour 6 mins 22 secs"],
    [8n * day, "1 week 1 day"],
    [365n * day, "1 year"],
    [126331567000000n, "4 years 2 days 4 hours 6 mins 7 secs"],
    [9223372036854775807n, "292471 years 10 weeks 6 days 4 hours 54 secs 775 msec 807 usec"],
  ];
  for (const [value, text] of rows) {
    assert.is(durationText(value), text);
    assert.is(parseDomain("Duration", text)?.value, value);
  }
});

test("text of sizes", () => {
  const rows: readonly (readonly [bigint, string])[] = [
    [0n, "0 bytes"],
    [1n, "1B"],
    [10_000n, "9KB 784B"],
    [1n << 40n, "1TB"],
    [(1n << 30n) + 5n, "1GB 5B"],
    [1n << 20n, "1MB"],
  ];
  for (const [value, text] of rows) assert.is(sizeText(value), text);
});

test("order of addresses and networks", () => {
  const addresses = ["0.0.0.0", "9.0.0.1", "10.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::", "ffff::"];
  for (const [i, a] of addresses.entries())
    for (const [j, b] of addresses.entries()) assert.is(Math.sign(compareAddresses(a, b)), Math.sign(i - j), `${a} ${b}`);
  assert.is(compareAddresses("::1", "0:0:0:0:0:0:0:1"), 0);
  assert.is(compareAddresses("10.0.0.1", "010.0.0.01"), 0);
  assert.ok(compareAddresses("10.0.0.1", "::ffff:10.0.0.1") < 0);
  const networks = ["9.0.0.0/32", "10.0.0.0/8", "10.0.0.0/16", "10.0.0.1/8", "::/0", "::/1"];
  for (const [i, a] of networks.entries())
    for (const [j, b] of networks.entries()) assert.is(Math.sign(compareNetworks(a, b)), Math.sign(i - j), `${a} ${b}`);
});

test.run();
