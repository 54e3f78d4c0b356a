import { expect, test } from "vitest";
import { productsCsv } from "../../../src/ui/console/catalogue/csv";
import { keyOf, partsOf, rowsOf } from "../../../src/ui/console/import/parts";

test("what is quoted over several lines is one row, and a quote in the midst of a cell is only a quote", () => {
  const rows = ["a,b\r\n", '"x\ny, ""z""",1\n', '5" pipe,2\r', '"",3'];
  expect(rowsOf(rows.join(""))).toEqual(rows);
});

test("a file that the server takes at once goes as it is", () => {
  expect(partsOf("a\n\n1\n")).toEqual([{ firstRow: 2, csv: "a\n\n1\n" }]);
});

test("a longer one goes in parts, each with the header and the number of its first row", () => {
  const rows = Array.from({ length: 1_201 }, (_, at) => `row ${at + 2}\n`);
  const parts = partsOf(`head\n${rows.join("")}`);
  expect(parts.map((part) => part.firstRow)).toEqual([2, 502, 1_002]);
  for (const part of parts) expect(part.csv.startsWith(`head\nrow ${part.firstRow}\n`)).toBe(true);
  expect(parts.map((part) => part.csv.slice("head\n".length)).join("")).toBe(rows.join(""));
});

test("parts keep to the bytes that a request has", () => {
  const wide = `${"é".repeat(50_000)}\n`;
  const parts = partsOf(`head\n${wide.repeat(5)}`);
  expect(parts.length).toBe(3);
  for (const part of parts) expect(new TextEncoder().encode(part.csv).length).toBeLessThanOrEqual(240 * 1024);
});

test("the key is the command line's for the same bytes", async () => {
  expect(await keyOf(new TextEncoder().encode("a\n"))).toBe("import-87428fc522803d31065e7bce3cf03fe4");
});

test("a product's cells are quoted where they must be", () => {
  const product = { sku: "A", name: 'a "red", mug', price: "9.99", currency: "USD", stock: "" };
  expect(productsCsv([product])).toBe('sku,name,price,currency,stock\nA,"a ""red"", mug",9.99,USD,\n');
});
