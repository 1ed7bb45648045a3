using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Dns : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "PolicyAddresses",
                table: "node_heartbeats",
                type: "character varying(1000)",
                maxLength: 1000,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<long>(
                name: "LabelMadeAt",
                table: "domains",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            // A label that waits for its proof counts from when it was made.
            migrationBuilder.Sql("""UPDATE domains SET "LabelMadeAt" = "CreatedAt" """);

            migrationBuilder.AddColumn<long>(
                name: "RecordEndedAt",
                table: "domains",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "customer_looks",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    LookedAt = table.Column<long>(type: "bigint", nullable: false),
                    NextLookAt = table.Column<long>(type: "bigint", nullable: false),
                    IsComplete = table.Column<bool>(type: "boolean", nullable: false),
                    Report = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_customer_looks", x => x.DomainId);
                });

            migrationBuilder.CreateTable(
                name: "dns_records",
                columns: table => new
                {
                    Name = table.Column<string>(type: "character varying(253)", maxLength: 253, nullable: false, collation: "C"),
                    Type = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    Wanted = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: true),
                    Ttl = table.Column<int>(type: "integer", nullable: false),
                    Gate = table.Column<long>(type: "bigint", nullable: false),
                    Published = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: true),
                    PublishedAt = table.Column<long>(type: "bigint", nullable: true),
                    Offered = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: true),
                    OfferedAt = table.Column<long>(type: "bigint", nullable: true),
                    State = table.Column<int>(type: "integer", nullable: false),
                    Since = table.Column<long>(type: "bigint", nullable: false),
                    DueAt = table.Column<long>(type: "bigint", nullable: false),
                    Failures = table.Column<int>(type: "integer", nullable: false),
                    Observed = table.Column<string>(type: "character varying(8000)", maxLength: 8000, nullable: true),
                    CheckedAt = table.Column<long>(type: "bigint", nullable: true),
                    Code = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_dns_records", x => new { x.Name, x.Type });
                });

            migrationBuilder.CreateTable(
                name: "domain_proofs",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    Kind = table.Column<int>(type: "integer", nullable: false),
                    ProvenAt = table.Column<long>(type: "bigint", nullable: true),
                    LostSince = table.Column<long>(type: "bigint", nullable: true),
                    ClaimSeenAt = table.Column<long>(type: "bigint", nullable: true),
                    LookedAt = table.Column<long>(type: "bigint", nullable: true),
                    NextLookAt = table.Column<long>(type: "bigint", nullable: false),
                    Code = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_domain_proofs", x => x.DomainId);
                });

            migrationBuilder.CreateTable(
                name: "job_leases",
                columns: table => new
                {
                    Name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Owner = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    Until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_job_leases", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "node_faults",
                columns: table => new
                {
                    Node = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    Revision = table.Column<long>(type: "bigint", nullable: false),
                    Code = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Reason = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    Since = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_node_faults", x => new { x.Node, x.DomainId });
                });

            migrationBuilder.CreateIndex(
                name: "IX_customer_looks_NextLookAt",
                table: "customer_looks",
                column: "NextLookAt");

            migrationBuilder.CreateIndex(
                name: "IX_dns_records_DomainId",
                table: "dns_records",
                column: "DomainId");

            migrationBuilder.CreateIndex(
                name: "IX_dns_records_DueAt",
                table: "dns_records",
                column: "DueAt");

            migrationBuilder.CreateIndex(
                name: "IX_dns_records_OfferedAt",
                table: "dns_records",
                column: "OfferedAt");

            migrationBuilder.CreateIndex(
                name: "IX_domain_proofs_NextLookAt",
                table: "domain_proofs",
                column: "NextLookAt");

            migrationBuilder.CreateIndex(
                name: "IX_node_faults_DomainId",
                table: "node_faults",
                column: "DomainId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "customer_looks");

            migrationBuilder.DropTable(
                name: "dns_records");

            migrationBuilder.DropTable(
                name: "domain_proofs");

            migrationBuilder.DropTable(
                name: "job_leases");

            migrationBuilder.DropTable(
                name: "node_faults");

            migrationBuilder.DropColumn(
                name: "PolicyAddresses",
                table: "node_heartbeats");

            migrationBuilder.DropColumn(
                name: "LabelMadeAt",
                table: "domains");

            migrationBuilder.DropColumn(
                name: "RecordEndedAt",
                table: "domains");
        }
    }
}
