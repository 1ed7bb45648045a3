using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class AcmeCaa : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "CaaIdentities",
                table: "acme_registrations",
                type: "character varying(1000)",
                maxLength: 1000,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "ChallengeTypes",
                table: "acme_registrations",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "CaaIdentities",
                table: "acme_registrations");

            migrationBuilder.DropColumn(
                name: "ChallengeTypes",
                table: "acme_registrations");
        }
    }
}
