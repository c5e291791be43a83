// Runs the client generated for the demo's app and prints what it got.
import { AddReview, Client, Item, Items, type ItemResult } from "./ios.js";

const client = new Client({ url: process.argv[2] ?? "", clientName: "shop-ios" });

const { item } = await client.request(Item, { id: "1" });
const { items } = await client.request(Items, { first: 2 });
const { addReview } = await client.request(AddReview, { id: "2", body: "Soft.", rating: 5 });

/** The overlay's types: derived, lifted, with a default. */
export function types(result: ItemResult): void {
  const price: string | undefined = result.item?.priceText;
  const delivery: number | null | undefined = result.item?.delivery;
  void [price, delivery];
  // @ts-expect-error the app calls it title
  void result.item?.name;
}

console.log(JSON.stringify({ item, items, rating: addReview.rating }));
