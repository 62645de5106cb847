"""SQLAlchemy 1.4 over psycopg2. libpq's variables say where."""
import datetime
import decimal

import sqlalchemy as sa
from scene import play, refusal
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, declarative_base

# A connection that died is noticed when it is taken from the pool.
engine = sa.create_engine("postgresql+psycopg2://", pool_size=2, max_overflow=0, pool_pre_ping=True, future=True)
items = sa.Table(
    "items", sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text), sa.Column("price", sa.Numeric(12, 2)),
    sa.Column("parent", sa.Integer), sa.Column("mood", postgresql.ENUM("sad", "ok", "happy", name="mood"), server_default="ok"),
)


class Item(declarative_base()):
    __table__ = items


def state_of(error):
    return error.orig.pgcode


def refused(work):
    return refusal(state_of, work)


def rows(connection, statement, given=None):
    result = connection.execute(sa.text(statement) if isinstance(statement, str) else statement, given or {})
    return [tuple(row) for row in result]


def opened(work):
    def run():
        with engine.connect() as connection:
            return work(connection)

    return run


def query(sql):
    with engine.connect() as connection:
        result = connection.exec_driver_sql(sql)
        return [list(result.keys()), [tuple(row) for row in result]]


def ids(connection):
    return rows(connection, sa.select(items.c.id).order_by(items.c.id))


def insert(connection, id):
    return rows(connection, items.insert().values(id=id, name=f"item {id}").returning(items.c.id, items.c.mood))


def parameters(connection):
    given = {
        "a": 41, "b": "O'Neil\\ é", "c": b"\x00\x01\xff", "d": datetime.datetime(2023, 11, 14, 22, 13, 20, 123000),
        "e": [1, None, 3], "f": decimal.Decimal("12.50"), "g": True, "h": None, "i": datetime.date(2024, 2, 29),
    }
    return rows(connection, "select " + ", ".join(f":{name}" for name in given), given)


def prepared(connection):
    by_id = sa.select(items).where(items.c.id == sa.bindparam("id")).order_by(items.c.id)
    return [rows(connection, by_id, {"id": id}) for id in (1, 2, 3, 1)]


def parts(connection):
    streamed = connection.execution_options(stream_results=True, max_row_buffer=500)
    result = streamed.execute(sa.text("select g, repeat('x', 100) from generate_series(1, 5000) g"))
    return [len(part) for part in result.partitions(999)]


def commit(connection):
    seen = [insert(connection, 10)]
    connection.rollback()
    seen.append(ids(connection))
    connection.rollback()
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as other:
        insert(other, 10)
        other.commit()
    seen.append(ids(connection))
    seen.append(connection.execute(items.delete().where(items.c.id == 10)).rowcount)
    connection.commit()
    return seen


def savepoint():
    """As the ORM does it."""
    with Session(engine) as session:
        seen = []

        def inner():
            with session.begin_nested():
                session.add(Item(id=1, name="taken"))

        seen.append(refused(inner))
        session.add(Item(id=11, name="eleven"))
        session.flush()
        seen.append([(item.id, item.name, item.mood) for item in session.query(Item).order_by(Item.id)])
        session.rollback()
        return seen + [session.query(Item).count()]


def failed(connection):
    return [refused(lambda: rows(connection, "select 1/0")), refused(lambda: rows(connection, "select 1"))]


def pipeline(connection):
    connection.execute(items.insert(), [{"id": 30 + n, "name": f"many {n}"} for n in range(5)])
    seen = ids(connection)
    connection.rollback()
    return seen


def notice(connection):
    connection.exec_driver_sql("drop table if exists never_there")
    return connection.connection.dbapi_connection.notices


def reset(connection):
    raw = connection.connection.dbapi_connection
    raw.autocommit = True
    connection.exec_driver_sql("set timezone to 'Asia/Tokyo'")
    connection.exec_driver_sql("discard all")
    seen = rows(connection, "show timezone")
    raw.autocommit = False
    return seen


def lost():
    with engine.connect() as connection:
        state = refused(lambda: rows(connection, "select pg_terminate_backend(pg_backend_pid())"))
    with engine.connect() as connection:
        return [state, rows(connection, "select 1")]


def migration(connection):
    moved = sa.Table(
        "moved", sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, nullable=False),
        sa.Column("extra", postgresql.JSONB, server_default="{}"), sa.Index("moved_by_name", "name"),
    )
    moved.create(connection)
    connection.execute(moved.insert().values(id=1, name="one"))
    seen = [rows(connection, sa.select(moved)), sa.inspect(connection).get_columns("moved"), sa.inspect(connection).get_indexes("moved")]
    connection.rollback()
    return [str(each) for each in seen] + [sa.inspect(connection).has_table("moved")]


def reflection(connection):
    inspector = sa.inspect(connection)
    seen = [inspector.get_schema_names(), inspector.get_table_names(), inspector.get_view_names(), inspector.get_table_comment("items")]
    for look in (inspector.get_columns, inspector.get_pk_constraint, inspector.get_foreign_keys, inspector.get_indexes,
                 inspector.get_unique_constraints, inspector.get_check_constraints):
        seen.append(look("items"))
    metadata = sa.MetaData()
    metadata.reflect(connection)
    columns = metadata.tables["items"].columns
    keys = [(column.name, str(column.type), [key.target_fullname for key in column.foreign_keys]) for column in columns]
    return str(seen + [keys, inspector.get_enums()])


play(query, state_of, {
    "parameters": opened(parameters),
    "prepared statements": opened(prepared),
    "large result in parts": opened(parts),
    "commit and rollback": opened(commit),
    "savepoint": savepoint,
    "failed transaction": opened(failed),
    "pipeline": opened(pipeline),
    "notice": opened(notice),
    "pool reset": opened(reset),
    "lost connection": lost,
    "migration": opened(migration),
    "reflection": opened(reflection),
})
