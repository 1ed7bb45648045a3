using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class UnpublishedIds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "ix_dns_records_ids_on_their_way",
                table: "dns_records",
                column: "DomainId",
                filter: "\"Gate\" > 0 AND \"Wanted\" IS NOT NULL AND \"State\" <> 4");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_dns_records_ids_on_their_way",
                table: "dns_records");
        }
    }
}
