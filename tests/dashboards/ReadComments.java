// SPDX-License-Identifier: MIT
// What Metabase, DBeaver and other clients of JDBC learn of a schema: java ReadComments.java URL USER SCHEMA
// One line each, tab-separated: view and comment, then view, column, type and comment; last the rows of view report.
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

public class ReadComments {
	private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

	public static void main(String[] args) throws SQLException {
		try (Connection connection = DriverManager.getConnection(args[0], args[1], "")) {
			connection.setReadOnly(true);
			tell(connection.getMetaData(), args[2]);
			try (PreparedStatement query = connection.prepareStatement(
					"SELECT title, changed_at FROM api.report WHERE report_year = ? ORDER BY report_id")) {
				query.setInt(1, 2024);
				for (ResultSet row = query.executeQuery(); row.next();)
					line("row", row.getString(1), row.getTimestamp(2).toInstant().toString());
			}
		}
	}

	private static void tell(DatabaseMetaData data, String schema) throws SQLException {
		try (ResultSet view = data.getTables(null, schema, "%", new String[] {"VIEW", "TABLE"})) {
			while (view.next())
				line("view", view.getString("TABLE_NAME"), view.getString("REMARKS"));
		}
		try (ResultSet column = data.getColumns(null, schema, "%", "%")) {
			while (column.next())
				line("column", column.getString("TABLE_NAME"), column.getString("COLUMN_NAME"),
						column.getString("TYPE_NAME"), column.getString("REMARKS"));
		}
	}

	private static void line(String... fields) {
		OUT.println(String.join("\t", fields));
	}
}
