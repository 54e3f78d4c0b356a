/** `/console/catalogue`: what is sold, for how much and how many there are; changed by a form or a CSV. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../api/client";
import { save } from "../../api/download";
import { patient } from "../../api/patient";
import type { components } from "../../api/schema";
import { Button, TextField } from "../kit/controls";
import { CsvField } from "../kit/csv-field";
import { Pill, Table } from "../kit/data";
import { useAction, useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { announce } from "../kit/toast";
import { type Draft, draftOf, NEW_PRODUCT, productsCsv } from "./catalogue/csv";

type Product = components["schemas"]["ProductView"];
const REFRESH_MS = 5_000;
const EXAMPLE = "sku,name,price,currency,stock\nMUG-RED,Red mug,9.99,USD,40\n";

/** Those with these SKUs are as the CSV says from now on; the others stay. Throws Problem. */
const put = (csv: string) =>
  got(
    api.PUT("/catalogue", {
      headers: { "Content-Type": "text/csv" },
      body: csv,
      bodySerializer: (text: string) => text,
      fetch: patient,
    }),
  );

export default function View() {
  const read = useResource("products", () => got(api.GET("/products")), REFRESH_MS);
  const draft = useSignal<Draft | null>(null);
  const products = read.data.value?.products;
  return (
    <>
      <PageHead
        title="Catalogue"
        about="The catalogue's price wins over a customer's. Stock is reserved when an order is confirmed."
        actions={
          <>
            <Button
              tone="primary"
              onClick={() => {
                draft.value = NEW_PRODUCT;
              }}
            >
              Add a product
            </Button>
            {products && (
              <Button onClick={() => save(new Blob([productsCsv(products.map(draftOf))]), "catalogue.csv")}>
                Export as CSV
              </Button>
            )}
          </>
        }
      />
      <div class="grid gap-5">
        {draft.value && (
          <Form
            key={draft.value.sku}
            of={draft.value}
            onClose={() => {
              draft.value = null;
            }}
            onSaved={read.reload}
          />
        )}
        <Card>
          {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
          {products?.length === 0 && (
            <Empty title="The catalogue is empty">Add a product, or import a CSV below.</Empty>
          )}
          {products && products.length > 0 && (
            <Products
              of={products}
              change={(product) => {
                draft.value = draftOf(product);
              }}
            />
          )}
        </Card>
        <Import onDone={read.reload} />
      </div>
    </>
  );
}

const Products = (props: { of: readonly Product[]; change: (product: Product) => void }) => (
  <Table
    caption="Products"
    rows={props.of}
    rowKey={(product) => product.sku}
    columns={[
      { head: "SKU", cell: (product) => <code class="font-mono">{product.sku}</code> },
      { head: "Name", cell: (product) => <span class="block max-w-80 break-words">{product.name}</span> },
      { head: "Price", numeric: true, cell: (product) => `${product.price} ${product.currency}` },
      {
        head: "Stock",
        numeric: true,
        cell: (product) =>
          product.stock === null ? (
            <span class="text-soft">uncounted</span>
          ) : product.stock === 0 ? (
            <Pill tone="warn">sold out</Pill>
          ) : (
            product.stock.toLocaleString()
          ),
      },
      {
        head: "Change",
        cell: (product) => (
          <Button small aria-label={`Change ${product.sku}`} onClick={() => props.change(product)}>
            Change
          </Button>
        ),
      },
    ]}
  />
);

/** One product; a new one where its SKU is empty. */
function Form(props: { of: Draft; onClose: () => void; onSaved: () => Promise<void> }) {
  const draft = useSignal(props.of);
  const isNew = props.of.sku === "";
  const store = useAction(async () => {
    await put(productsCsv([draft.value]));
    announce(`${draft.value.sku} is saved`);
    await props.onSaved();
    props.onClose();
  });
  const field = (name: keyof Draft, label: string, more?: { hint?: string; disabled?: boolean }) => (
    <TextField
      label={label}
      value={draft.value[name]}
      {...more}
      onValue={(value) => {
        draft.value = { ...draft.value, [name]: value };
      }}
    />
  );
  return (
    <Card title={isNew ? "A new product" : `Change ${props.of.sku}`}>
      <form
        class="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void store.run();
        }}
      >
        <div class="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-5">
          {field("sku", "SKU", { disabled: !isNew })}
          {field("name", "Name")}
          {field("price", "Price")}
          {field("currency", "Currency")}
          {field("stock", "Stock", { hint: "Empty: uncounted. It replaces what is there now." })}
        </div>
        {store.error.value !== null && <ProblemNote error={store.error.value} />}
        <div class="flex flex-wrap gap-2">
          <Button type="submit" tone="primary" busy={store.busy.value}>
            Save the product
          </Button>
          <Button onClick={props.onClose}>Close</Button>
        </div>
      </form>
    </Card>
  );
}

function Import(props: { onDone: () => Promise<void> }) {
  const csv = useSignal("");
  const run = useAction(async () => {
    const { imported } = await put(csv.value);
    announce(`${imported} ${imported === 1 ? "product is" : "products are"} as the CSV says`);
    csv.value = "";
    await props.onDone();
  });
  return (
    <Card title="Import">
      <form
        class="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run.run();
        }}
      >
        <p class="max-w-prose text-sm text-soft">
          Columns sku, name, price, currency, stock. Products of these SKUs become what the file says, the others stay.
          All of it is taken, or nothing.
        </p>
        <CsvField
          label="or paste it"
          value={csv.value}
          placeholder={EXAMPLE}
          onValue={(given) => {
            csv.value = given.text;
          }}
        />
        {run.error.value !== null && <ProblemNote error={run.error.value} />}
        <Button type="submit" tone="primary" class="w-fit" busy={run.busy.value} disabled={csv.value.trim() === ""}>
          Import the catalogue
        </Button>
      </form>
    </Card>
  );
}
