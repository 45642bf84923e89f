/** What Harbour Retail sells; prices in cents. */
export const DEMO_ITEMS = [
  { name: 'Rope, 8 mm, by the metre', sku: 'ROPE-08', price_minor: 290, description: 'Braided polyester' },
  { name: 'Fender F2', sku: 'FEND-F2', price_minor: 3490 },
  { name: 'Deck brush', sku: 'DECK-BR', price_minor: 1250 },
  { name: 'Sea chart, inner harbour', sku: 'CHART-01', price_minor: 2400 },
  { name: 'Signal flag set', sku: 'FLAG-SET', price_minor: 5900 },
  { name: 'Rain jacket, M', sku: 'JACK-M', price_minor: 8900 },
  { name: 'Rain jacket, L', sku: 'JACK-L', price_minor: 8900 },
  { name: 'Thermos 1 l', sku: 'THERM-1', price_minor: 2750 },
  { name: 'Compass, hand-held', sku: 'COMP-H', price_minor: 4590 },
  { name: 'Lantern, rechargeable', sku: 'LANT-R', price_minor: 3990 },
  { name: 'Anchor 5 kg', sku: 'ANCH-05', price_minor: 7400 },
  { name: 'Mug "Harbour"', sku: 'MUG-HB', price_minor: 990 },
] as const;
