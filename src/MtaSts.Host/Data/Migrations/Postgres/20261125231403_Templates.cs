using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Templates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "TemplateId",
                table: "domains",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "policy_templates",
                columns: table => new
                {
                    Id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Name = table.Column<string>(type: "character varying(63)", maxLength: 63, nullable: false, collation: "C"),
                    Scope = table.Column<int>(type: "integer", nullable: false),
                    TenantId = table.Column<int>(type: "integer", nullable: true),
                    Mode = table.Column<int>(type: "integer", nullable: false),
                    Mx = table.Column<string>(type: "text", nullable: false),
                    MaxAge = table.Column<int>(type: "integer", nullable: false),
                    Revision = table.Column<long>(type: "bigint", nullable: false),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    UpdatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_policy_templates", x => x.Id);
                    table.ForeignKey(
                        name: "FK_policy_templates_tenants_TenantId",
                        column: x => x.TenantId,
                        principalTable: "tenants",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_domains_TemplateId",
                table: "domains",
                column: "TemplateId");

            migrationBuilder.CreateIndex(
                name: "IX_policy_templates_Name_Scope",
                table: "policy_templates",
                columns: new[] { "Name", "Scope" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_policy_templates_TenantId",
                table: "policy_templates",
                column: "TenantId");

            migrationBuilder.AddForeignKey(
                name: "FK_domains_policy_templates_TemplateId",
                table: "domains",
                column: "TemplateId",
                principalTable: "policy_templates",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_domains_policy_templates_TemplateId",
                table: "domains");

            migrationBuilder.DropTable(
                name: "policy_templates");

            migrationBuilder.DropIndex(
                name: "IX_domains_TemplateId",
                table: "domains");

            migrationBuilder.DropColumn(
                name: "TemplateId",
                table: "domains");
        }
    }
}
