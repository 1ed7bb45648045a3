using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Watching : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "advisory_events",
                columns: table => new
                {
                    Id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    Domain = table.Column<string>(type: "character varying(253)", maxLength: 253, nullable: false, collation: "C"),
                    TenantId = table.Column<int>(type: "integer", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    Kind = table.Column<int>(type: "integer", nullable: false),
                    Code = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false, collation: "C"),
                    Subject = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    Severity = table.Column<int>(type: "integer", nullable: false),
                    Message = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    IsEnforced = table.Column<bool>(type: "boolean", nullable: false),
                    IsHandedOn = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_advisory_events", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "domain_advisories",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    Code = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false, collation: "C"),
                    Subject = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false, collation: "C"),
                    Severity = table.Column<int>(type: "integer", nullable: false),
                    Message = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    FirstSeenAt = table.Column<long>(type: "bigint", nullable: false),
                    LastSeenAt = table.Column<long>(type: "bigint", nullable: false),
                    ToldAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_domain_advisories", x => new { x.DomainId, x.Code, x.Subject });
                });

            migrationBuilder.CreateTable(
                name: "domain_watches",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    NextCheckAt = table.Column<long>(type: "bigint", nullable: false),
                    ClaimedUntil = table.Column<long>(type: "bigint", nullable: true),
                    CheckedAt = table.Column<long>(type: "bigint", nullable: true),
                    Errors = table.Column<int>(type: "integer", nullable: false),
                    Warnings = table.Column<int>(type: "integer", nullable: false),
                    CleanSince = table.Column<long>(type: "bigint", nullable: true),
                    CleanBefore = table.Column<long>(type: "bigint", nullable: true),
                    VersionChecked = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_domain_watches", x => x.DomainId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_At",
                table: "advisory_events",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_Code_Id",
                table: "advisory_events",
                columns: new[] { "Code", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_Domain_Id",
                table: "advisory_events",
                columns: new[] { "Domain", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_DomainId_Id",
                table: "advisory_events",
                columns: new[] { "DomainId", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_TenantId_Id",
                table: "advisory_events",
                columns: new[] { "TenantId", "Id" });

            migrationBuilder.CreateIndex(
                name: "ix_advisory_events_to_hand_on",
                table: "advisory_events",
                column: "Id",
                filter: "NOT \"IsHandedOn\"");

            migrationBuilder.CreateIndex(
                name: "IX_domain_advisories_Code_DomainId",
                table: "domain_advisories",
                columns: new[] { "Code", "DomainId" });

            migrationBuilder.CreateIndex(
                name: "IX_domain_watches_CheckedAt",
                table: "domain_watches",
                column: "CheckedAt");

            migrationBuilder.CreateIndex(
                name: "IX_domain_watches_NextCheckAt",
                table: "domain_watches",
                column: "NextCheckAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "advisory_events");

            migrationBuilder.DropTable(
                name: "domain_advisories");

            migrationBuilder.DropTable(
                name: "domain_watches");
        }
    }
}
