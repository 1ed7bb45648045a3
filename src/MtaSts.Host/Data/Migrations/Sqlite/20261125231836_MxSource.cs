using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class MxSource : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "MxSource",
                table: "domains",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "mx_followings",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    NextLookAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LookedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Code = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    Seen = table.Column<string>(type: "TEXT", nullable: false),
                    SeenTtl = table.Column<int>(type: "INTEGER", nullable: false),
                    SeenUntil = table.Column<long>(type: "INTEGER", nullable: false),
                    Joining = table.Column<string>(type: "TEXT", nullable: false),
                    Leaving = table.Column<string>(type: "TEXT", nullable: false),
                    CompleteAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mx_followings", x => x.DomainId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_mx_followings_NextLookAt",
                table: "mx_followings",
                column: "NextLookAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "mx_followings");

            migrationBuilder.DropColumn(
                name: "MxSource",
                table: "domains");
        }
    }
}
