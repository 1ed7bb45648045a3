using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Postgres
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
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "mx_followings",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    NextLookAt = table.Column<long>(type: "bigint", nullable: false),
                    LookedAt = table.Column<long>(type: "bigint", nullable: true),
                    Code = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    Seen = table.Column<string>(type: "text", nullable: false),
                    SeenTtl = table.Column<int>(type: "integer", nullable: false),
                    SeenUntil = table.Column<long>(type: "bigint", nullable: false),
                    Joining = table.Column<string>(type: "text", nullable: false),
                    Leaving = table.Column<string>(type: "text", nullable: false),
                    CompleteAt = table.Column<long>(type: "bigint", nullable: true)
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
