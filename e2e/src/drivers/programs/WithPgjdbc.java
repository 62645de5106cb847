import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** pgjdbc. libpq's variables say where. Plays the scenarios of stdin and prints a name, a tab and what the driver showed. */
public class WithPgjdbc {
  interface Work {
    Object on(Connection connection) throws Exception;
  }

  static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      String[] part = line.split("\t");
      if (part[0].equals("value")) tell(part[1], connection -> everyWay(connection, part[2]));
      else tell(part[1], connection -> refused(() -> query(connection, part[2])));
    }
    tell("parameters", WithPgjdbc::parameters);
    tell("prepared statements", WithPgjdbc::prepared);
    tell("large result in parts", WithPgjdbc::parts);
    tell("commit and rollback", WithPgjdbc::commit);
    tell("savepoint", WithPgjdbc::savepoint);
    tell("failed transaction", WithPgjdbc::failed);
    tell("pipeline", WithPgjdbc::batches);
    tell("cancellation", WithPgjdbc::cancellation);
    tell("copy out", WithPgjdbc::copyOut);
    tell("copy in", WithPgjdbc::copyIn);
    tell("notifications", WithPgjdbc::notifications);
    tell("notice", WithPgjdbc::notice);
    tell("pool reset", WithPgjdbc::reset);
    tell("lost connection", WithPgjdbc::lost);
    tell("migration", WithPgjdbc::migration);
    tell("metadata", WithPgjdbc::metadata);
  }

  static Connection open(String... more) throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("user", System.getenv("PGUSER"));
    settings.setProperty("password", System.getenv("PGPASSWORD"));
    settings.setProperty("sslmode", System.getenv("PGSSLMODE"));
    settings.setProperty("prepareThreshold", "2");
    for (int i = 0; i < more.length; i += 2) settings.setProperty(more[i], more[i + 1]);
    String address = System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    return DriverManager.getConnection("jdbc:postgresql://" + address, settings);
  }

  static void tell(String name, Work work) {
    String seen;
    try (Connection connection = open()) {
      Object value = work.on(connection);
      seen = value instanceof String ? (String) value : show(value);
    } catch (Exception error) {
      seen = "failed: " + String.valueOf(error).replaceAll("\\s+", " ");
    }
    out.println(name + "\t" + seen);
  }

  static String show(Object value) {
    if (value instanceof byte[]) return "bytes:" + Arrays.toString((byte[]) value);
    if (value instanceof List) {
      List<String> shown = new ArrayList<>();
      for (Object each : (List<?>) value) shown.add(show(each));
      return shown.toString();
    }
    if (value instanceof java.sql.Array) return "array:" + ((java.sql.Array) value);
    String text = String.valueOf(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
    return (value == null ? "" : value.getClass().getSimpleName() + ":") + text;
  }

  static List<Object> rows(ResultSet result) throws SQLException {
    List<Object> rows = new ArrayList<>();
    int columns = result.getMetaData().getColumnCount();
    while (result.next()) {
      List<Object> row = new ArrayList<>();
      for (int i = 1; i <= columns; i++) row.add(result.getObject(i));
      rows.add(row);
    }
    return rows;
  }

  static List<Object> query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.execute(sql) ? rows(statement.getResultSet()) : List.of(statement.getUpdateCount());
    }
  }

  interface Attempt {
    Object run() throws Exception;
  }

  static String refused(Attempt work) throws Exception {
    try {
      work.run();
    } catch (SQLException error) {
      return error.getSQLState();
    }
    throw new IllegalStateException("an error was expected");
  }

  /** Simple protocol, extended, and prepared at the server, when it goes over to binary formats. */
  static Object everyWay(Connection connection, String sql) throws SQLException {
    List<Object> seen = new ArrayList<>();
    try (Connection simple = open("preferQueryMode", "simple")) {
      seen.add(query(simple, sql));
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < 3; i++) {
        try (ResultSet result = statement.executeQuery()) {
          seen.add(rows(result));
        }
      }
      ResultSetMetaData columns = statement.getMetaData();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        seen.add(List.of(columns.getColumnName(i), columns.getColumnTypeName(i), columns.getPrecision(i), columns.getScale(i), columns.isNullable(i),
            columns.getTableName(i), columns.isAutoIncrement(i)));
      }
    }
    return seen;
  }

  static Object parameters(Connection connection) throws SQLException {
    List<Object> seen = new ArrayList<>();
    String sql = "select ?::int, ?::text, ?::bytea, ?::timestamptz, ?::jsonb, ?::int[], ?::numeric, ?::bool, ?::text, ?::uuid, ?::int8, ?::float8";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < 4; i++) {
        statement.setInt(1, 41 + i);
        statement.setString(2, "O'Neil\\ é");
        statement.setBytes(3, new byte[] {0, 1, -1});
        statement.setObject(4, OffsetDateTime.parse("2023-11-14T22:13:20.123Z"));
        statement.setObject(5, "{\"a\": [1, null]}", Types.OTHER);
        statement.setArray(6, connection.createArrayOf("int4", new Integer[] {1, null, 3}));
        statement.setBigDecimal(7, new BigDecimal("12.50"));
        statement.setBoolean(8, true);
        statement.setNull(9, Types.VARCHAR);
        statement.setObject(10, new UUID(0, 7));
        statement.setLong(11, Long.MIN_VALUE);
        statement.setDouble(12, 0.1);
        try (ResultSet result = statement.executeQuery()) {
          seen.add(rows(result));
        }
        seen.add(statement.getParameterMetaData().getParameterTypeName(4));
      }
    }
    return seen;
  }

  static Object prepared(Connection connection) throws Exception {
    List<Object> seen = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement("select * from items where id = ?")) {
      for (int id : new int[] {1, 2, 3, 1, 2}) {
        statement.setInt(1, id);
        seen.add(rows(statement.executeQuery()));
      }
      query(connection, "deallocate all");
      statement.setInt(1, 1);
      // The driver notices and prepares again.
      seen.add(rows(statement.executeQuery()));
    }
    return seen;
  }

  static Object parts(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    List<Object> seen = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(999);
      try (ResultSet result = statement.executeQuery("select g, repeat('x', 100) from generate_series(1, 5000) g")) {
        long sum = 0;
        while (result.next()) sum += result.getInt(1);
        seen.add(sum);
      }
      statement.setFetchSize(0);
      statement.setMaxRows(10);
      seen.add(rows(statement.executeQuery("select generate_series(1, 5000)")));
      statement.setMaxRows(0);
      seen.add(rows(statement.executeQuery("select g, repeat('z', 500) from generate_series(1, 20000) g")).size());
    }
    connection.commit();
    return seen;
  }

  static List<Object> ids(Connection connection) throws SQLException {
    return query(connection, "select id from items order by id");
  }

  static Object insert(Connection connection, int id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("insert into items (id, name) values (?, ?)", new String[] {"id", "mood"})) {
      statement.setInt(1, id);
      statement.setString(2, "item " + id);
      statement.executeUpdate();
      return rows(statement.getGeneratedKeys());
    }
  }

  static Object commit(Connection connection) throws SQLException {
    List<Object> seen = new ArrayList<>();
    connection.setAutoCommit(false);
    seen.add(insert(connection, 10));
    connection.rollback();
    seen.add(ids(connection));
    connection.rollback();
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    insert(connection, 10);
    connection.commit();
    connection.setAutoCommit(true);
    seen.add(ids(connection));
    seen.add(query(connection, "delete from items where id = 10"));
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    seen.add(ids(connection));
    return seen;
  }

  static Object savepoint(Connection connection) throws Exception {
    connection.setAutoCommit(false);
    Savepoint one = connection.setSavepoint();
    List<Object> seen = new ArrayList<>(List.of(refused(() -> query(connection, "select 1/0"))));
    connection.rollback(one);
    insert(connection, 11);
    seen.add(ids(connection));
    connection.rollback();
    seen.add(ids(connection));
    return seen;
  }

  static Object failed(Connection connection) throws Exception {
    connection.setAutoCommit(false);
    Object first = refused(() -> query(connection, "select 1/0"));
    Object second = refused(() -> query(connection, "select 1"));
    connection.rollback();
    return List.of(first, second, ids(connection));
  }

  static Object batches(Connection connection) throws Exception {
    List<Object> seen = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement("insert into items (id, name) values (?, ?)")) {
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 300; i++) {
          statement.setInt(1, 1000 + 300 * round + i);
          statement.setString(2, "many " + round + " " + i);
          statement.addBatch();
        }
        seen.add(statement.executeBatch().length);
      }
      statement.setInt(1, 1000);
      statement.setString(2, "taken");
      statement.addBatch();
      statement.setInt(1, 9000);
      statement.setString(2, "lost");
      statement.addBatch();
      seen.add(refused(statement::executeBatch));
    }
    seen.add(query(connection, "select count(*) from items"));
    seen.add(query(connection, "delete from items where id >= 1000"));
    try (Statement several = connection.createStatement()) {
      several.execute("select 1; select 2; select 3");
      int results = 1;
      while (several.getMoreResults()) results++;
      seen.add(results);
    }
    return seen;
  }

  static Object cancellation(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      Thread canceller = new Thread(() -> {
        try {
          // A request that comes before the statement runs cancels nothing: it is repeated.
          while (!Thread.interrupted()) {
            Thread.sleep(50);
            statement.cancel();
          }
        } catch (InterruptedException | SQLException over) {
          Thread.currentThread().interrupt();
        }
      });
      canceller.start();
      String state = refused(() -> statement.executeQuery("select pg_sleep(60)"));
      canceller.interrupt();
      canceller.join();
      return List.of(state, query(connection, "select 1"));
    }
  }

  static Object copyOut(Connection connection) throws Exception {
    CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
    List<Object> seen = new ArrayList<>();
    for (String form : new String[] {"text", "csv, header", "binary"}) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      seen.add(copy.copyOut("copy (select id, name, price from items order by id) to stdout (format " + form + ")", bytes));
      seen.add(bytes.toByteArray());
    }
    return seen;
  }

  static Object copyIn(Connection connection) throws Exception {
    CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
    long rows = copy.copyIn("copy items (id, name) from stdin (format csv)", new StringReader("20,twenty\n21,twenty-one\n"));
    Object bad = refused(() -> copy.copyIn("copy items (id, name) from stdin", new StringReader("not a number\tx\n")));
    return List.of(rows, ids(connection), bad, query(connection, "delete from items where id >= 20"));
  }

  static Object notifications(Connection connection) throws Exception {
    query(connection, "listen news");
    query(connection, "notify news, 'fresh'");
    PGConnection own = connection.unwrap(PGConnection.class);
    var heard = own.getNotifications(30_000);
    return List.of(heard.length, heard[0].getName(), heard[0].getParameter());
  }

  static Object notice(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists never_there");
      return List.of(statement.getWarnings().getSQLState(), statement.getWarnings().getMessage());
    }
  }

  static Object reset(Connection connection) throws SQLException {
    query(connection, "set timezone to 'Asia/Tokyo'");
    query(connection, "discard all");
    connection.setSchema("public");
    return List.of(query(connection, "show timezone"), connection.isValid(5), connection.getSchema());
  }

  static Object lost(Connection connection) throws Exception {
    String state = refused(() -> query(connection, "select pg_terminate_backend(pg_backend_pid())"));
    try (Connection again = open()) {
      return List.of(state, connection.isValid(5), query(again, "select 1"));
    }
  }

  static Object migration(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    query(connection, "create table moved (id int primary key, name text not null)");
    query(connection, "insert into moved values (1, 'one')");
    query(connection, "alter table moved add column extra int default 7");
    Object seen = query(connection, "select * from moved");
    connection.rollback();
    return List.of(seen, query(connection, "select to_regclass('moved')::text"));
  }

  static Object metadata(Connection connection) throws SQLException {
    DatabaseMetaData about = connection.getMetaData();
    List<Object> seen = new ArrayList<>();
    for (ResultSet result : new ResultSet[] {
        about.getSchemas(), about.getCatalogs(), about.getTableTypes(), about.getTables(null, "public", "%", null), about.getColumns(null, "public", "%", "%"),
        about.getPrimaryKeys(null, "public", "items"), about.getImportedKeys(null, "public", "items"), about.getExportedKeys(null, "public", "items"),
        about.getIndexInfo(null, "public", "items", false, true), about.getBestRowIdentifier(null, "public", "items", 1, true),
        about.getVersionColumns(null, "public", "items"), about.getTablePrivileges(null, "public", "items"),
        about.getColumnPrivileges(null, "public", "items", "%"), about.getTypeInfo(), about.getUDTs(null, "public", "%", null),
        about.getProcedures(null, "public", "%"), about.getFunctions(null, "pg_catalog", "pg_get_view%"),
        about.getFunctionColumns(null, "pg_catalog", "pg_get_view%", "%"), about.getClientInfoProperties()}) {
      seen.add(rows(result));
    }
    seen.add(List.of(about.getDatabaseProductVersion(), about.getMaxConnections() >= 0, about.getSQLKeywords(), about.getNumericFunctions()));
    return seen;
  }
}
