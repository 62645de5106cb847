import type { Kind } from '../../../../packages/protocols/postgres/test/differential/shop.js'

/** What a statement can read from: every relation of the twins with the kinds of its columns, and which of them are masked. */
export interface Column {
  readonly name: string
  readonly kind: Kind
  readonly hidden: boolean
}

export interface Relation {
  readonly name: string
  readonly columns: readonly Column[]
}

/** `name:kind`, with a `!` where it is masked. */
function relation(name: string, columns: string): Relation {
  return {
    name,
    columns: columns.split(' ').map((column) => {
      const [of = '', kind = ''] = column.split(':')
      return { name: of, kind: kind.replace('!', '') as Kind, hidden: kind.endsWith('!') }
    }),
  }
}

const customer =
  'id:int name:text email:text! phone:text! card_number:text! ssn:text! credit:int! born:time! profile:json! aliases:list! city:text active:bool joined:time score:num note:text handle:text!'

/** Which hold something that is masked. */
export const masked: readonly Relation[] = [
  relation('customers', customer),
  relation('accounts', 'id:int customer_id:int mailbox:text! card_number:text! iban:text! pin:int! contact:any! balance:num opened:time'),
  relation('letters', 'id:int sent:time customer_id:int body:text! size:int'),
  relation('letters_2024', 'id:int sent:time customer_id:int body:text! size:int'),
  relation('people', 'id:int name:text secret:text! rank:int'),
  relation('staff', 'id:int name:text secret:text! rank:int salary:num! desk:text'),
  relation(
    'vault',
    'id:int hint:text code:text! blob:any! words:any! addr:any! span:any! seen:time! flag:bool! spot:any! key:any! feels:any! took:any! rate:num! small:int! big:int! dates:any! left_half:text! right_half:text!',
  ),
  relation('customer_contacts', 'id:int name:text mail:text! phone:text!'),
  relation('contact_book', 'id:int reach_at:text! order_id:int total:num'),
  relation('customer_summary', 'id:int title:text login:text! digits:int! tax:text! city:text'),
  relation('all_cards', 'id:int card:text!'),
  relation('vaults', 'id:int c:text! hint:text addr:any! seen:time!'),
  relation('active_customers', customer),
  relation('whole_customers', 'id:int customer:any! json:json!'),
  relation('card_holders', 'id:int name:text card:text! born:time!'),
]

export const clean: readonly Relation[] = [
  relation('orders', 'id:int customer_id:int total:num status:text placed:time note:text doc:json'),
  relation('products', 'id:int name:text weight:num price:num code:any span:any key:any'),
  relation('lines', 'order_id:int product_id:int quantity:int price:num'),
]

/** Uses of a masked value `#h` that are none of its bare output: they could tell it, or a part, or one bit of it. */
export const derivations: readonly string[] = [
  'upper((#h)::text)',
  `(#h)::text || ''`,
  'length((#h)::text)',
  'md5((#h)::text)',
  `coalesce((#h)::text, '')`,
  `nullif((#h)::text, 'x')`,
  `greatest((#h)::text, '')`,
  `case when (#h)::text > 'm' then 1 else 2 end`,
  `case (#h)::text when 'x' then 1 else 2 end`,
  'case when true then #h end',
  'array[#h]',
  'row(#h)',
  'row(#h, 1) is null',
  'to_jsonb(#h)',
  `jsonb_build_object('k', #h) ->> 'k'`,
  `format('%s', #h)`,
  `concat(#h, '.')`,
  `(#h)::text like 'a%'`,
  `(#h)::text ~ '[0-9]5'`,
  '(#h) is not distinct from null',
  'pg_typeof(#h)',
  'ascii((#h)::text)',
  'reverse((#h)::text)',
  `substr((#h)::text, 1, 2)`,
  `split_part((#h)::text, '@', 1)`,
  `translate((#h)::text, 'abc', 'xyz')`,
  'hashtext((#h)::text)',
  `encode(convert_to((#h)::text, 'UTF8'), 'hex')`,
  '(#h)::text collate "C"',
  'quote_literal((#h)::text)',
  `to_tsvector('simple', (#h)::text)`,
  `regexp_replace((#h)::text, '[a-m]', '_', 'g')`,
  'xmlforest(#h as x)::text',
  '(select #h)',
  '(values (#h))',
  'array(select #h)',
  'exists (select where (#h)::text > $$m$$)',
  `(#h)::text in ('a', 'b')`,
  `(#h)::text = any (array['x'])`,
  'row_number() over (order by #h)',
  'first_value(#h) over ()',
  'lag(#h) over (order by 1)',
  'count(*) over (partition by #h)',
  'dense_rank() over (order by (#h)::text)',
]

/** As these, but whether they fail, or how many rows they make, tells as well; `derived: mask` masks what comes out and not that. */
export const telltales: readonly string[] = [
  '(#h)::text::int',
  '(#h)::text::uuid',
  '(#h)::text::jsonb',
  '(#h)::text::date',
  '(#h)::text::regclass',
  `1 / (case when (#h)::text > 'm' then 0 else 1 end)`,
  '1 / (ascii((#h)::text) - 100)',
  `repeat('x', ascii((#h)::text))::varchar(3)`,
  'xmlparse(document (#h)::text)',
  `to_date((#h)::text, 'YYYY-MM-DD')`,
  'generate_series(1, ascii((#h)::text) % 3)',
  `regexp_split_to_table((#h)::text, 'a')`,
  'unnest(array[#h])',
]

/** Aggregates over a masked `#h`. */
export const gatherings: readonly string[] = [
  'count(#h)',
  'count(distinct #h)',
  'max((#h)::text)',
  'min((#h)::text)',
  `string_agg((#h)::text, ',')`,
  'array_agg(#h)',
  'jsonb_agg(#h)',
  'count(*) filter (where (#h)::text > $$m$$)',
  'bool_or((#h)::text > $$m$$)',
  'mode() within group (order by (#h)::text)',
  `percentile_disc(0.5) within group (order by (#h)::text)`,
  'array_agg(1 order by #h)',
  'json_object_agg(1, #h)',
]
