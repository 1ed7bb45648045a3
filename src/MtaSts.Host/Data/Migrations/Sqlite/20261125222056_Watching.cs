using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Sqlite
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
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    Domain = table.Column<string>(type: "TEXT", maxLength: 253, nullable: false, collation: "BINARY"),
                    TenantId = table.Column<int>(type: "INTEGER", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    Kind = table.Column<int>(type: "INTEGER", nullable: false),
                    Code = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false, collation: "BINARY"),
                    Subject = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    Severity = table.Column<int>(type: "INTEGER", nullable: false),
                    Message = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    IsEnforced = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsHandedOn = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_advisory_events", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "domain_advisories",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    Code = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false, collation: "BINARY"),
                    Subject = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false, collation: "BINARY"),
                    Severity = table.Column<int>(type: "INTEGER", nullable: false),
                    Message = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    FirstSeenAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LastSeenAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ToldAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_domain_advisories", x => new { x.DomainId, x.Code, x.Subject });
                });

            migrationBuilder.CreateTable(
                name: "domain_watches",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    NextCheckAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ClaimedUntil = table.Column<long>(type: "INTEGER", nullable: true),
                    CheckedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Errors = table.Column<int>(type: "INTEGER", nullable: false),
                    Warnings = table.Column<int>(type: "INTEGER", nullable: false),
                    CleanSince = table.Column<long>(type: "INTEGER", nullable: true),
                    CleanBefore = table.Column<long>(type: "INTEGER", nullable: true),
                    VersionChecked = table.Column<int>(type: "INTEGER", nullable: false)
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
