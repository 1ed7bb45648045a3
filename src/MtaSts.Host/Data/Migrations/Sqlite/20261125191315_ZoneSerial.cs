using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ZoneSerial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "ZoneSerial",
                table: "store_state",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            // Until now it was made of the newest time there, in tenths of a second: it must not fall back.
            migrationBuilder.Sql("""UPDATE store_state SET "ZoneSerial" = COALESCE((SELECT MAX("OfferedAt") FROM dns_records), 0) / 1000000""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "ZoneSerial",
                table: "store_state");
        }
    }
}
